// SPDX-License-Identifier: Apache-2.0
import {
  cells64,
  cellsOf,
  type DeviceTree,
  type DtNode,
  property,
  setNode,
  setProperty,
  stringOf,
  walk,
} from '../../../lib/dt/index.ts';
import type { RuleName } from '../../../lib/lint/rules.ts';

/** What a mistake may choose from. */
export interface Choice {
  /** Of several places, this one. */
  readonly pick: number;
  readonly number: number;
}

/** A way to go wrong; undefined where the tree has no place for it. */
export interface Mistake {
  readonly mistake: string;
  readonly rule: RuleName;
  readonly besides?: readonly RuleName[];
  readonly apply: (tree: DeviceTree, choice: Choice) => DeviceTree | undefined;
}

/** Changes one of the nodes that `wanted` takes. */
export function inOne(
  wanted: (node: DtNode, path: string) => boolean,
  change: (node: DtNode, choice: Choice) => DtNode,
): Mistake['apply'] {
  return (tree, choice) => {
    const paths = [...walk(tree)].filter(({ node, path }) => wanted(node, path));
    const place = paths[choice.pick % paths.length];
    return place && setNode(tree, place.path, (node) => change(node, choice));
  };
}

export const isShm = (node: DtNode): boolean => property(node, 'xen,shared-mem') !== undefined;
export const isOwned = (node: DtNode): boolean =>
  isShm(node) && property(node, 'role') !== undefined;
export const isDomain = (node: DtNode): boolean => property(node, 'cpus') !== undefined;
export const isChannel = (node: DtNode): boolean => property(node, 'xen,evtchn') !== undefined;
export const inShm = (change: (node: DtNode, choice: Choice) => DtNode): Mistake['apply'] =>
  inOne(isShm, change);
export const inDomain = (change: (node: DtNode, choice: Choice) => DtNode): Mistake['apply'] =>
  inOne(isDomain, change);

const words = (node: DtNode): bigint[] => {
  const all = cellsOf(node, 'xen,shared-mem') ?? [];
  return Array.from(
    { length: all.length / 2 },
    (_unused, index) =>
      BigInt(all[2 * index] ?? 0) * 0x1_0000_0000n + BigInt(all[2 * index + 1] ?? 0),
  );
};

/** Host, guest and size; the host is left out where Xen chooses. */
export const withRegion =
  (change: (numbers: bigint[], choice: Choice) => bigint[]) =>
  (node: DtNode, choice: Choice): DtNode =>
    setProperty(node, 'xen,shared-mem', cells64(...change(words(node), choice)));

/** On every side of one region, which has a host address. */
export const everySide =
  (host: (choice: Choice) => bigint): Mistake['apply'] =>
  (tree, choice) => {
    const nodes = [...walk(tree)].filter(({ node }) => isShm(node) && words(node).length === 3);
    const id =
      nodes.length > 0 &&
      stringOf(nodes[choice.pick % nodes.length]?.node ?? tree.root, 'xen,shm-id');
    if (id === false || id === undefined) return undefined;
    return nodes
      .filter(({ node }) => stringOf(node, 'xen,shm-id') === id)
      .reduce(
        (changed, { path }) =>
          setNode(changed, path, (node) =>
            withRegion(([, guest = 0n, size = 0n]) => [host(choice), guest, size])(node, choice),
          ),
        tree,
      );
  };

/** The first text of a list of them. */
export function stringOfFirst(node: DtNode, name = 'compatible'): string | undefined {
  const value = property(node, name);
  return value && new TextDecoder().decode(value).split('\0')[0];
}
