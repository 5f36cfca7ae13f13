// SPDX-License-Identifier: Apache-2.0
import { type HostTree, readHostTree } from '../../../lib/import/host-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import { readXlDomain } from '../../../lib/import/xl-domain.ts';
import type { TrialSystem } from '../../../lib/trial/subject.ts';

/** A host device tree from its source. */
export function hostTree(text: string, file = 'host.dts'): HostTree {
  return readHostTree(PlacedTree.fromSource({ file, text }));
}

/** What a domain of {@link pairSource} is made of. */
export interface DomainText {
  readonly properties?: string;
  readonly region?: string;
}

function domain(name: string, role: string, { properties, region }: DomainText): string {
  return `
    ${name} {
      compatible = "xen,domain";
      #address-cells = <1>;
      #size-cells = <1>;
      memory = <0 0x8000>;
      cpus = <1>;
      ${properties ?? ''}
      module@42000000 {
        compatible = "multiboot,kernel", "multiboot,module";
        reg = <0x42000000 0xffffff>;
        bootargs = "console=ttyAMA0";
      };
      shm@50000000 {
        compatible = "xen,domain-shared-memory-v1";
        role = "${role}";
        xen,shm-id = "mailbox";
        xen,shared-mem = <${region ?? '0x60000000 0x50000000 0x1000'}>;
      };
    };`;
}

/** Two domains that share a page, as Xen's documentation writes it; each may differ. */
export function pairSource(owner: DomainText = {}, borrower: DomainText = {}, chosen = ''): string {
  return `/dts-v1/;
/ {
  #address-cells = <2>;
  #size-cells = <2>;
  chosen {
    xen,xen-bootargs = "console=dtuart dtuart=serial0 vwfi=native";
    ${chosen}
    ${domain('radar', 'owner', owner)}
    ${domain('fusion', 'borrower', borrower)}
  };
};
`;
}

/** Files of xl, by their names. */
export function xlSystem(files: Readonly<Record<string, string>>, host?: HostTree): TrialSystem {
  const domains = Object.entries(files).map(([file, text]) => readXlDomain({ file, text }));
  return { host, domains, partials: [] };
}

/** Two domains that share a region and a window, as somebody writes them. */
export const xlPair = {
  'radar.cfg': `# The radar owns the mailbox.
name = "radar"
kernel = "/boot/radar-Image"
ramdisk = "/boot/radar.cpio.gz"
extra = "console=hvc0 root=/dev/ram0"
memory = 64
disk = [ 'file:/srv/radar.img,xvda,w' ]
static_shm = [ "id=mailbox, begin=0x43000000, size=0x4000, role=owner, prot=rw" ]
iomem = [ "0x70000,2@0x60000,memory" ]
`,
  'fusion.cfg': `name = "fusion"
kernel = "/boot/fusion-Image"
memory = 32
static_shm = [ "id=mailbox, begin=0x50000000, size=0x2000, offset=0x2000, role=borrower" ]
iomem = [ "0x70001,1@0x61000,memory" ]
`,
} as const;
