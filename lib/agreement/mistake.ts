// SPDX-License-Identifier: Apache-2.0
import {
  cells64,
  cellsOf,
  type DeviceTree,
  type DtNode,
  property,
  regOf,
  setNode,
  setProperty,
  stringOf,
  walk,
} from '../dt/index.ts';
import type { RuleName } from '../lint/rules.ts';
import type { SystemSpec } from '../xen/spec.ts';

/** What a mistake may choose from. */
export interface Choice {
  /** Of several places, this one. */
  readonly pick: number;
  readonly number: number;
}

/** An edit of the host device tree; undefined where the tree has no place for it. */
export type TreeEdit = (tree: DeviceTree, choice: Choice) => DeviceTree | undefined;

/** A way to go wrong. */
export interface Mistake {
  readonly mistake: string;
  /** What finds it. */
  readonly rule: RuleName;
  /** What may be found besides, since it follows from the mistake. */
  readonly besides?: readonly RuleName[];
  /** Of a specification; undefined where it has no place for it. */
  readonly respec?: (spec: SystemSpec, choice: Choice) => SystemSpec | undefined;
  /** Of the device tree that the specification leads to. */
  readonly apply?: TreeEdit;
}

/** Changes one of the nodes that `wanted` takes. */
export function inOne(
  wanted: (node: DtNode, path: string) => boolean,
  change: (node: DtNode, choice: Choice) => DtNode,
): TreeEdit {
  return (tree, choice) => {
    const paths = [...walk(tree)].filter(({ node, path }) => wanted(node, path));
    const place = paths[choice.pick % paths.length];
    return place && setNode(tree, place.path, (node) => change(node, choice));
  };
}

/** Changes all nodes that `wanted` takes. */
export function inEach(
  wanted: (node: DtNode) => boolean,
  change: (node: DtNode) => DtNode,
): TreeEdit {
  return (tree) => {
    const paths = [...walk(tree)].filter(({ node }) => wanted(node));
    if (paths.length === 0) return undefined;
    return paths.reduce((changed, { path }) => setNode(changed, path, change), tree);
  };
}

export const isShm = (node: DtNode): boolean => property(node, 'xen,shared-mem') !== undefined;
export const isOwned = (node: DtNode): boolean =>
  isShm(node) && property(node, 'role') !== undefined;
export const isDomain = (node: DtNode): boolean => property(node, 'cpus') !== undefined;
export const isChannel = (node: DtNode): boolean => property(node, 'xen,evtchn') !== undefined;
export const inShm = (change: (node: DtNode, choice: Choice) => DtNode): TreeEdit =>
  inOne(isShm, change);
export const inDomain = (change: (node: DtNode, choice: Choice) => DtNode): TreeEdit =>
  inOne(isDomain, change);

/** The numbers of `xen,shared-mem`, two cells each. */
export const wordsOf = (node: DtNode): bigint[] => {
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
    setProperty(node, 'xen,shared-mem', cells64(...change(wordsOf(node), choice)));

/** On every side of one region, which has a host address. */
export const everySide =
  (host: (choice: Choice, tree: DeviceTree, size: bigint) => bigint): TreeEdit =>
  (tree, choice) => {
    const nodes = [...walk(tree)].filter(({ node }) => isShm(node) && wordsOf(node).length === 3);
    const id =
      nodes.length > 0 &&
      stringOf(nodes[choice.pick % nodes.length]?.node ?? tree.root, 'xen,shm-id');
    if (id === false || id === undefined) return undefined;
    return nodes
      .filter(({ node }) => stringOf(node, 'xen,shm-id') === id)
      .reduce(
        (changed, { path }) =>
          setNode(changed, path, (node) =>
            withRegion(([, guest = 0n, size = 0n]) => [host(choice, tree, size), guest, size])(
              node,
              choice,
            ),
          ),
        tree,
      );
  };

/** The first text of a list of them. */
export function stringOfFirst(node: DtNode, name = 'compatible'): string | undefined {
  const value = property(node, name);
  return value && new TextDecoder().decode(value).split('\0')[0];
}

/** Where the kernel of the domains lies, which all of them name. */
export function kernelOf(tree: DeviceTree): { address: bigint; size: bigint } {
  const module = [...walk(tree)].find(({ node }) => stringOfFirst(node) === 'multiboot,kernel');
  const [reg] = module === undefined ? [] : regOf(module.node, 2, 2);
  return reg ?? { address: 0n, size: 1n };
}
