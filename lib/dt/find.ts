// SPDX-License-Identifier: Apache-2.0
import { baseName, childPath, misuse, rootOf } from './model.ts';
import type { DeviceTree, DtNode, Located } from './model.ts';
import { property, stringsOf, u32 } from './properties.ts';

/** Every node with its path, parents first, in the tree's order. */
export function* walk(tree: DeviceTree | DtNode): Generator<Located, void, undefined> {
  // An explicit stack: yield* through each level would cost each node its depth.
  const waiting: Located[] = [{ path: '/', node: rootOf(tree) }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    for (const child of next.node.children.toReversed())
      waiting.push({ path: childPath(next.path, child.name), node: child });
  }
}

/**
 * The node at `path` and its full path, or undefined if there is none. A component may leave its
 * unit address out where the path as a whole stays unambiguous (Devicetree specification v0.4,
 * 2.2.3); a component that names a child exactly means that child. Given a node, the path starts
 * there.
 *
 * @throws MisuseError if several nodes are meant.
 */
export function locate(tree: DeviceTree | DtNode, path: string): Located | undefined {
  let found: Located[] = [{ path: '/', node: rootOf(tree) }];
  for (const component of path.split('/')) {
    if (component !== '') found = found.flatMap((parent) => childrenMeant(parent, component));
  }
  if (found.length > 1) {
    const candidates = found.map((candidate) => candidate.path).join(', ');
    throw misuse(`path ${path}`, `it is ambiguous: ${candidates}`, 'give the unit address');
  }
  return found[0];
}

/** The node at `path`, as {@link locate} finds it, or undefined. @throws MisuseError likewise. */
export function find(tree: DeviceTree | DtNode, path: string): DtNode | undefined {
  return locate(tree, path)?.node;
}

/** The node at `path`. @throws MisuseError if there is none, or several are meant. */
export function locateOrThrow(tree: DeviceTree | DtNode, path: string): Located {
  const found = locate(tree, path);
  if (found === undefined) throw misuse(`path ${path}`, 'there is no such node');
  return found;
}

/**
 * The nodes whose `compatible` lists `compatible` exactly, in the tree's order (Devicetree
 * specification v0.4, 2.3.1). @throws MisuseError if some `compatible` is not a list of strings.
 */
export function findCompatible(tree: DeviceTree | DtNode, compatible: string): Located[] {
  return [...walk(tree)].filter((place) => stringsOf(place, 'compatible')?.includes(compatible));
}

/**
 * A node's phandle, from `phandle` or the older `linux,phandle`, or undefined if it has none.
 *
 * @throws MisuseError if it is not one cell.
 */
export function phandleOf(node: DtNode | Located): number | undefined {
  return u32(node, property(node, 'phandle') === undefined ? 'linux,phandle' : 'phandle');
}

/** The first node whose phandle is `phandle`, or undefined. @throws MisuseError as phandleOf does. */
export function findPhandle(tree: DeviceTree | DtNode, phandle: number): Located | undefined {
  for (const place of walk(tree)) {
    if (phandleOf(place) === phandle) return place;
  }
  return undefined;
}

/**
 * A phandle that no node has yet: one more than the greatest, or the least free one when the
 * greatest is the last. 0 and 0xffffffff are none (libfdt, fdt_generate_phandle).
 *
 * @throws MisuseError as phandleOf does.
 */
export function nextPhandle(tree: DeviceTree | DtNode): number {
  const taken = new Set<number>();
  for (const place of walk(tree)) taken.add(phandleOf(place) ?? 0);
  let next = 1;
  for (const phandle of taken) if (phandle !== 0xffff_ffff) next = Math.max(next, phandle + 1);
  if (next < 0xffff_ffff) return next;
  for (next = 1; taken.has(next);) next++;
  return next;
}

function childrenMeant({ path, node }: Located, component: string): Located[] {
  const exact = node.children.filter((child) => child.name === component);
  const meant =
    exact.length > 0 ? exact : node.children.filter((child) => baseName(child.name) === component);
  return meant.map((child) => ({ path: childPath(path, child.name), node: child }));
}
