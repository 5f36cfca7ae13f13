// SPDX-License-Identifier: Apache-2.0
import { dt, MiB, type SystemSpec, type Tampering } from '#crosspage';
import { all, withDom0 } from './edits.ts';
import { storingDom0 } from './images.ts';

/** The machine's RAM, and what is carved out of it: where Xen puts the first domain's RAM else. */
const ramStart = 0x4000_0000n;
const ramEnd = 0x8000_0000n;
export const sram = 0x7c00_0000n;
export const sramSize = BigInt(MiB(16));

/** A domain that SRAM is passed to. */
export const guest: SystemSpec = { domains: { guest: { probe: 'memory' } } };

/** The same beside dom0. */
export const guestBesideDom0: SystemSpec = { ...guest, xen: { bootargs: ['dom0_mem=64M'] } };

/** mmio-sram: Linux, Documentation/devicetree/bindings/sram/sram.yaml. */
const sramNode = (properties: Readonly<Record<string, dt.PropertyValue>>): dt.DtNode =>
  dt.node(`sram@${sram.toString(16)}`, {
    compatible: 'mmio-sram',
    reg: dt.cells64(sram, sramSize),
    '#address-cells': 1,
    '#size-cells': 1,
    ranges: dt.cells(0, 0, Number(sram), Number(sramSize)),
    ...properties,
  });

/**
 * The host's node for the SRAM, and its range out of /memory unless `kept`. `passed` withholds it
 * from dom0.
 */
export const hostSram = ({ passed = true, kept = false } = {}): Tampering => ({
  edit: (tree) => {
    const after = sram + sramSize;
    const left = kept
      ? dt.cells64(ramStart, ramEnd - ramStart)
      : dt.cells64(ramStart, sram - ramStart, after, ramEnd - after);
    const carved = dt.setNode(tree, `/memory@${ramStart.toString(16)}`, (node) =>
      dt.setProperty(node, 'reg', left),
    );
    const node = sramNode(passed ? { 'xen,passthrough': true } : {});
    return { ...carved, root: dt.addChild(carved.root, node) };
  },
});

/** What a node of a partial device tree says beside what the SRAM's own node says. */
export interface Passing {
  /** `xen,reg` as host address, size, guest address; null for none. */
  readonly reg?: readonly bigint[] | null;
  /** Default `xen,reg`. */
  readonly regName?: string;
  /** `xen,path`; null for none. */
  readonly path?: string | null;
  readonly force?: boolean;
}

/** Where the guest sees the SRAM, unless a row says otherwise. */
export const seenAt = sram;

/** Passes the SRAM to `guest` by a partial device tree (docs/misc/arm/passthrough.txt). */
export function passing(to: Passing = {}): Tampering {
  const { reg = [sram, sramSize, seenAt], path = `/sram@${sram.toString(16)}`, force = true } = to;
  const node = sramNode({
    ...(reg !== null && { [to.regName ?? 'xen,reg']: dt.cells64(...reg) }),
    ...(path !== null && { 'xen,path': path }),
    ...(force && ({ 'xen,force-assign-without-iommu': true } as const)),
  });
  const cells = { '#address-cells': 2, '#size-cells': 2 };
  const bus = dt.node('passthrough', { compatible: 'simple-bus', ranges: true, ...cells }, [node]);
  const partial = dt.writeBlob(dt.deviceTree(dt.node('', cells, [bus])));
  return {
    files: { 'partial.dtb': partial },
    edit: (tree, places) => {
      const { address = 0n, size = 0 } = places.get('partial.dtb') ?? {};
      const module = dt.node(`module@${address.toString(16)}`, {
        compatible: dt.strings('multiboot,device-tree', 'multiboot,module'),
        reg: dt.cells64(address, size),
      });
      return dt.setNode(tree, '/chosen/guest', (domain) => dt.addChild(domain, module));
    },
  };
}

/** dom0 with a kernel that stores a word at `address`, and whatever else is below /chosen. */
export const dom0Stores = (address: bigint, ...children: readonly dt.DtNode[]): Tampering =>
  all({ files: { 'dom0-kernel': storingDom0(address) } }, withDom0('dom0-kernel', ...children));

/** The host's node, and the SRAM passed to the guest. */
export const passed = (to?: Passing): Tampering => all(hostSram(), passing(to));
