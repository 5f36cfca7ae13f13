// SPDX-License-Identifier: Apache-2.0
import {
  cellCounts,
  type DeviceTree,
  find,
  findCompatible,
  regOf,
  stringOf,
  stringsOf,
  u64,
} from '../dt/index.ts';
import { type Bytes, guestAddressOf, type GuestAddress } from '../support/units.ts';

/** A region as a guest's device tree tells of it. */
export interface SharedRegion {
  /** `xen,id`. */
  readonly id: string;
  readonly guestAddress: GuestAddress;
  readonly size: Bytes;
  /** `xen,offset`, bytes. */
  readonly offset: bigint;
}

/**
 * The shared regions that a guest's device tree names: children of /reserved-memory with the
 * compatible `xen,shared-memory-v1` (Linux: reserved-memory/xen,shared-memory.txt), by address.
 */
export function describeSharedRegions(tree: DeviceTree): SharedRegion[] {
  const reserved = find(tree, '/reserved-memory');
  if (reserved === undefined) return [];
  return reserved.children
    .filter((child) => stringsOf(child, 'compatible')?.includes('xen,shared-memory-v1') === true)
    .map((child) => {
      const [reg] = regOf(child, 2, 2);
      return {
        id: stringOf(child, 'xen,id') ?? '',
        guestAddress: guestAddressOf(reg?.address ?? 0n),
        size: Number(reg?.size ?? 0n),
        offset: u64(child, 'xen,offset') ?? 0n,
      };
    })
    .sort((a, b) => (a.guestAddress < b.guestAddress ? -1 : 1));
}

/** Memory that a guest's device tree tells of as a device. */
export interface SramNode {
  readonly path: string;
  readonly guestAddress: GuestAddress;
  readonly size: Bytes;
  /** False for a node that is there and may not be used: `status` is not `okay`. */
  readonly enabled: boolean;
  /** Names of its properties, in their order. */
  readonly properties: readonly string[];
}

/** The nodes of a guest's device tree with the compatible `mmio-sram`, in the tree's order. */
export function describeSram(tree: DeviceTree): SramNode[] {
  return findCompatible(tree, 'mmio-sram').map((place) => {
    const parent = find(tree, place.path.replace(/[^/]*$/, '')) ?? tree.root;
    const { addressCells, sizeCells } = cellCounts(parent);
    const [reg] = regOf(place, addressCells, sizeCells);
    const status = stringOf(place, 'status');
    return {
      path: place.path,
      guestAddress: guestAddressOf(reg?.address ?? 0n),
      size: Number(reg?.size ?? 0n),
      enabled: status === undefined || status === 'okay' || status === 'ok',
      properties: place.node.properties.map(({ name }) => name),
    };
  });
}

/** A range of memory as a guest's device tree tells of it. */
export interface MemoryRange {
  readonly guestAddress: GuestAddress;
  readonly size: Bytes;
}

/**
 * The memory that a guest's device tree gives it, by address: its RAM and, from Xen 4.19 on
 * (commit 7846f7699f), its shared regions.
 */
export function describeMemory(tree: DeviceTree): MemoryRange[] {
  return tree.root.children
    .filter((child) => stringOf(child, 'device_type') === 'memory')
    .flatMap((child) => regOf(child, 2, 2))
    .map(({ address, size }) => ({ guestAddress: guestAddressOf(address), size: Number(size) }))
    .sort((a, b) => (a.guestAddress < b.guestAddress ? -1 : 1));
}
