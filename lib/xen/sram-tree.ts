// SPDX-License-Identifier: Apache-2.0
import {
  addChild,
  cellCounts,
  cells,
  cells64,
  concat,
  type DeviceTree,
  deviceTree,
  type DtNode,
  node,
  regOf,
  setProperty,
  stringOf,
} from '../dt/index.ts';
import { type Range, subtract } from '../memory/ranges.ts';
import type { GuestAddress, HostAddress } from '../support/units.ts';
import type { PlannedDomain } from './plan.ts';
import { type PlannedSram, type PlannedSramMapping, sramRange } from './sram-plan.ts';

/** A number in one cell or two, as the parent's counts have it. */
const encode = (value: bigint, count: number): Uint8Array =>
  count === 1 ? cells(Number(value)) : cells64(value);

function withoutHoles(memory: DtNode, root: DtNode, holes: readonly Range[]): DtNode | undefined {
  const { addressCells, sizeCells } = cellCounts(root);
  const left = regOf(memory, addressCells, sizeCells).flatMap(({ address, size }) =>
    subtract({ name: memory.name, start: address, size }, holes),
  );
  if (left.length === 0) return undefined;
  const entries = left.flatMap(({ start, size }) => [
    encode(start, addressCells),
    encode(size, sizeCells),
  ]);
  return setProperty(memory, 'reg', concat(...entries));
}

/**
 * The tree without the ranges in the `reg` of its memory nodes (Devicetree specification v0.4,
 * 3.4): Xen's allocator takes what stands there. A node of which nothing is left goes.
 */
export function carveOut(tree: DeviceTree, holes: readonly Range[]): DeviceTree {
  if (holes.length === 0) return tree;
  const { root } = tree;
  const children = root.children.flatMap((child) =>
    stringOf(child, 'device_type') === 'memory'
      ? (withoutHoles(child, root, holes) ?? [])
      : [child],
  );
  return { ...tree, root: { ...root, children } };
}

const unitName = (address: HostAddress | GuestAddress): string => `sram@${address.toString(16)}`;

/** Where the host's node is, as `xen,path` names it. */
export function sramPath(sram: PlannedSram): string {
  return `/${unitName(sram.hostAddress)}`;
}

/** Binding sram/sram.yaml of Linux: children would name parts of it by their offset. */
function bindingProperties(
  address: bigint,
  size: number,
  [addressCells, sizeCells]: readonly [number, number],
): Record<string, Uint8Array | string | number> {
  return {
    compatible: 'mmio-sram',
    reg: concat(encode(address, addressCells), encode(BigInt(size), sizeCells)),
    '#address-cells': 2,
    '#size-cells': 2,
    ranges: concat(cells64(0), encode(address, addressCells), cells64(size)),
  };
}

/** What Linux' driver gives to programs of a bank that is exported: a file of sysfs (drivers/misc/sram.c). */
export function sramFile({ hostAddress }: Pick<PlannedSram, 'hostAddress'>): string {
  const name = `${hostAddress.toString(16)}.sram`;
  return `/sys/bus/platform/devices/${name}/${name}`;
}

/** The host's device tree with each bank out of its memory and in a node of its own. */
export function withSram(tree: DeviceTree, banks: readonly PlannedSram[]): DeviceTree {
  const { addressCells, sizeCells } = cellCounts(tree.root);
  const holes = banks.filter(({ inMemory }) => inMemory !== true);
  const carved = carveOut(tree, holes.map(sramRange));
  const nodes = banks.map((sram) =>
    node(
      unitName(sram.hostAddress),
      {
        ...bindingProperties(sram.hostAddress, sram.size, [addressCells, sizeCells]),
        ...(sram.passthrough && { 'xen,passthrough': true }),
      },
      // A part of it, which is all of it.
      sram.exported ? [node('shared@0', { reg: cells64(0, sram.size), export: true })] : [],
    ),
  );
  return { ...carved, root: nodes.reduce(addChild, carved.root) };
}

function guestNode({ sram, guestAddress, by, path, forceAssign }: PlannedSramMapping): DtNode {
  return node(unitName(guestAddress), {
    ...bindingProperties(guestAddress, sram.size, [2, 2]),
    [by ?? 'xen,reg']: cells64(sram.hostAddress, sram.size, guestAddress),
    ...(path && { 'xen,path': sramPath(sram) }),
    ...(forceAssign && { 'xen,force-assign-without-iommu': true }),
  });
}

/**
 * The partial device tree of a domU that maps host devices, from which Xen copies /passthrough
 * (docs/misc/arm/passthrough.txt, Dom0-less Device Passthrough); undefined for one without.
 */
export function partialTree(domain: PlannedDomain): DeviceTree | undefined {
  const mappings = domain.sram.filter(({ by }) => by !== undefined);
  if (mappings.length === 0) return undefined;
  const cellsOfBoth = { '#address-cells': 2, '#size-cells': 2 };
  const passthrough = node(
    'passthrough',
    { compatible: 'simple-bus', ranges: true, ...cellsOfBoth },
    mappings.map(guestNode),
  );
  return deviceTree(node('', cellsOfBoth, [passthrough]));
}
