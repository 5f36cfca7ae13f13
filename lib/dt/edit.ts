// SPDX-License-Identifier: Apache-2.0
import { checkSiblings, propertyNamed } from './build.ts';
import { locateOrThrow } from './find.ts';
import { misuse, rootOf } from './model.ts';
import type { DeviceTree, DtNode, Property } from './model.ts';
import type { PropertyValue } from './values.ts';

/**
 * The node with `name` set: in its place if it was there, else last.
 *
 * @throws MisuseError for a name or value that cannot be.
 */
export function setProperty(node: DtNode, name: string, value: PropertyValue): DtNode {
  return { ...node, properties: replace(node.properties, propertyNamed(name, value, node.name)) };
}

/** The node without the property `name`; the same if it had none. */
export function removeProperty(node: DtNode, name: string): DtNode {
  return { ...node, properties: node.properties.filter((property) => property.name !== name) };
}

/** The node with `child` last. @throws MisuseError if it has a child of that name. */
export function addChild(node: DtNode, child: DtNode): DtNode {
  const children = [...node.children, child];
  checkSiblings(node.name, children);
  return { ...node, children };
}

/**
 * The tree with what `change` makes of the node at `path` in that node's place.
 *
 * @throws MisuseError if there is no such node, several are meant, or the new one's name is taken.
 */
export function setNode<Tree extends DeviceTree | DtNode>(
  tree: Tree,
  path: string,
  change: (node: DtNode) => DtNode,
): Tree {
  return edit(tree, path, (node) => [change(node)]);
}

/** The tree without the node at `path` and all below it. @throws MisuseError as setNode, and for the root. */
export function removeNode<Tree extends DeviceTree | DtNode>(tree: Tree, path: string): Tree {
  return edit(tree, path, () => []);
}

/**
 * `base` with `overlay` laid over it, as dtc does with a node that a source opens twice
 * (livetree.c, merge_nodes): properties are replaced in their places, children of one name are
 * merged, what is new is appended. The name is that of `base`. Nothing is ever removed.
 */
export function merge(base: DtNode, overlay: DtNode): DtNode {
  const over = new Map(overlay.children.map((child) => [child.name, child]));
  const children = base.children.map((child) => {
    const match = over.get(child.name);
    over.delete(child.name);
    return match === undefined ? child : merge(child, match);
  });
  return {
    name: base.name,
    properties: overlay.properties.reduce(replace, base.properties),
    children: [...children, ...over.values()],
  };
}

function replace(properties: readonly Property[], property: Property): readonly Property[] {
  const at = properties.findIndex(({ name }) => name === property.name);
  return at < 0 ? [...properties, property] : properties.with(at, property);
}

function edit<Tree extends DeviceTree | DtNode>(
  tree: Tree,
  path: string,
  change: (node: DtNode) => DtNode[],
): Tree {
  const names = locateOrThrow(tree, path).path.split('/').filter(Boolean);
  const [root] = rebuild(rootOf(tree), names, change);
  if (root === undefined) throw misuse(`path ${path}`, 'the root cannot be removed');
  return 'root' in tree ? { ...tree, root } : (root as Tree);
}

function rebuild(
  node: DtNode,
  [next, ...rest]: readonly string[],
  change: (node: DtNode) => DtNode[],
): DtNode[] {
  if (next === undefined) return change(node);
  const children = node.children.flatMap((child) =>
    child.name === next ? rebuild(child, rest, change) : [child],
  );
  checkSiblings(node.name, children);
  return [{ ...node, children }];
}
