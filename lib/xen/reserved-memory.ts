// SPDX-License-Identifier: Apache-2.0
/**
 * Host memory that nobody allocates and that the toolstack may give to domains: children of
 * /reserved-memory (Devicetree specification v0.4, 3.5).
 */
import { addChild, cells64, type DeviceTree, node, setNode } from '../dt/index.ts';
import { firstFree, type Range } from '../memory/ranges.ts';
import { type Bytes, type HostAddress, hostAddressOf, PAGE, SUPERPAGE } from '../support/units.ts';
import type { SystemSpec } from './spec.ts';

/** Reserved host memory with its address chosen. */
export interface PlannedReserved {
  readonly name: string;
  readonly size: Bytes;
  readonly hostAddress: HostAddress;
}

/** Where it lies in host memory. */
export function reservedRange({ name, size, hostAddress }: PlannedReserved): Range {
  return { name: `reservedMemory.${name}`, start: hostAddress, size: BigInt(size) };
}

/** Chooses host addresses from `base` on, outside what is `taken`. */
export function planReserved(
  spec: SystemSpec,
  taken: readonly Range[],
  base: bigint,
): PlannedReserved[] {
  const wanted = Object.entries(spec.reservedMemory ?? {});
  const used = [
    ...taken,
    ...wanted.flatMap(([name, { hostAddress, size }]) =>
      hostAddress === undefined ? [] : [{ name, start: hostAddress, size: BigInt(size) }],
    ),
  ];
  return wanted.map(([name, { size, hostAddress }]) => {
    const alignment = BigInt(size >= SUPERPAGE ? SUPERPAGE : PAGE);
    const start = hostAddress ?? firstFree(used, base, BigInt(size), alignment);
    if (hostAddress === undefined) used.push({ name, start, size: BigInt(size + SUPERPAGE) });
    return { name, size, hostAddress: hostAddressOf(start) };
  });
}

/** The host's device tree with a node `xen,shared-memory-v1` for each. */
export function withReservedMemory(
  tree: DeviceTree,
  reserved: readonly PlannedReserved[],
): DeviceTree {
  if (reserved.length === 0) return tree;
  const there = tree.root.children.some(({ name }) => name === 'reserved-memory');
  const cells = { '#address-cells': 2, '#size-cells': 2, ranges: true } as const;
  const parent = there
    ? tree
    : { ...tree, root: addChild(tree.root, node('reserved-memory', cells)) };
  const nodes = reserved.map(({ name, size, hostAddress }) =>
    node(`xen-shmem@${hostAddress.toString(16)}`, {
      compatible: 'xen,shared-memory-v1',
      reg: cells64(hostAddress, size),
      'xen,id': name,
    }),
  );
  return setNode(parent, '/reserved-memory', (found) => ({
    ...found,
    children: [...found.children, ...nodes],
  }));
}
