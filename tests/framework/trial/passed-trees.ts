// SPDX-License-Identifier: Apache-2.0
import { type PartialTree, readPartialTree } from '../../../lib/import/partial-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import type { TrialSystem } from '../../../lib/trial/subject.ts';
import { hostTree } from './trees.ts';

/** What of a host device tree may differ. */
export interface PassingText {
  /** Of the node of the SRAM. */
  readonly sram?: string;
  readonly memory?: string;
  /** In /chosen, before its domains. */
  readonly chosen?: string;
  /** In a domain's node. */
  readonly radar?: string;
  readonly fusion?: string;
}

const domain = (name: string, module: number, inside = ''): string => `
      ${name} {
        compatible = "xen,domain";
        #address-cells = <1>;
        #size-cells = <1>;
        memory = <0 0x8000>;
        cpus = <1>;
        module@2000000 {
          compatible = "multiboot,kernel", "multiboot,module";
          reg = <0x2000000 0xffffff>;
        };
        module@${module.toString(16)} {
          compatible = "multiboot,device-tree", "multiboot,module";
          reg = <0x${module.toString(16)} 0x1000>;
        };
        ${inside}
      };`;

/** A board of somebody, with a bank of SRAM, and two domains with partial device trees. */
export function passingSource({ sram, memory, chosen, radar, fusion }: PassingText = {}): string {
  return `/dts-v1/;
/ {
  #address-cells = <2>;
  #size-cells = <2>;
  memory@0 { device_type = "memory"; reg = <0 0 ${memory ?? '0 0x7ff00000'}>; };
  amba {
    #address-cells = <2>;
    #size-cells = <2>;
    ranges;
    sram@fffc0000 {
      compatible = "mmio-sram";
      reg = <0 0xfffc0000 0 0x40000>;
      ${sram ?? 'xen,passthrough;'}
    };
    ethernet@ff0e0000 { reg = <0 0xff0e0000 0 0x1000>; };
  };
  chosen {
    #address-cells = <1>;
    #size-cells = <1>;
    xen,xen-bootargs = "console=dtuart dom0_mem=512M dom0_max_vcpus=2 vwfi=native";
    ${chosen ?? ''}
    ${domain('radar', 0x5000000, radar)}
    ${domain('fusion', 0x6000000, fusion)}
  };
};
`;
}

/** One end of a static event channel. */
export const channelEnd = (label: string, port: number, other: string): string =>
  `${label}: evtchn@${port} { compatible = "xen,evtchn-v1"; xen,evtchn = <${port} ${other}>; };`;

/** A node that asks for memory, as docs/misc/arm/passthrough.txt has it. */
export const sramNode = (reg: string, others?: string): string => `
    sram@50000000 {
      compatible = "mmio-sram";
      ${reg};
      ${others ?? 'xen,path = "/amba/sram@fffc0000"; xen,force-assign-without-iommu;'}
    };`;

/** A partial device tree with these nodes, whose addresses have `cells` cells. */
export function partialTree(file: string, nodes: string, cells = 1): PartialTree {
  const text = `/dts-v1/;
/ {
  passthrough {
    compatible = "simple-bus";
    ranges;
    #address-cells = <${cells}>;
    #size-cells = <${cells}>;
    ${nodes}
  };
};
`;
  return readPartialTree(PlacedTree.fromSource({ file, text }));
}

/** Both domains have the same 4 KiB, at addresses of their own. */
export const bothSram = [
  partialTree('radar.dts', sramNode('xen,reg = <0 0xfffc0000 0 0x4000 0 0x50000000>'), 2),
  partialTree('fusion.dts', sramNode('xen,reg = <0xfffc2000 0x2000 0x52000000>')),
] as const;

/** A system whose partial device trees are these. */
export function passingSystem(
  partials: readonly PartialTree[] = bothSram,
  text: PassingText = {},
): TrialSystem {
  return { host: hostTree(passingSource(text)), domains: [], partials };
}
