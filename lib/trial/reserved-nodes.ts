// SPDX-License-Identifier: Apache-2.0
import {
  addChild,
  cells64,
  cellsBelow,
  type DeviceTree,
  type DtNode,
  find,
  node as makeNode,
  regOf,
  setNode,
  setProperty,
} from '../dt/index.ts';

const place = '/reserved-memory';

/** Phandles are of another tree, whose nodes are not there. */
const dropped = new Set(['phandle', 'linux,phandle']);

function moveNode(node: DtNode, moved: bigint, counts: ReturnType<typeof cellsBelow>): DtNode {
  const banks = regOf(node, counts.addressCells, counts.sizeCells);
  const reg = banks.flatMap(({ address, size }) => [address + moved, size]);
  const [first = 0n] = reg;
  const kept = node.properties.filter(({ name }) => !dropped.has(name));
  const name = `${node.name.split('@')[0] ?? ''}@${first.toString(16)}`;
  return setProperty({ ...node, name, properties: kept }, 'reg', cells64(...reg));
}

/**
 * The board's tree with some nodes of the user's /reserved-memory, at the addresses that the machine
 * has: what Xen makes of them, it makes of them there too.
 */
export function withUserReserved(
  tree: DeviceTree,
  user: DeviceTree,
  names: readonly string[],
  moved: bigint,
): DeviceTree {
  if (names.length === 0) return tree;
  const counts = cellsBelow(user.root, place);
  const nodes = (find(user, place)?.children ?? []).filter(({ name }) => names.includes(name));
  const cells = { '#address-cells': 2, '#size-cells': 2, ranges: true } as const;
  const there = tree.root.children.some(({ name }) => name === place.slice(1));
  const parent = there
    ? tree
    : { ...tree, root: addChild(tree.root, makeNode(place.slice(1), cells)) };
  return setNode(parent, place, (found) => ({
    ...found,
    children: [...found.children, ...nodes.map((one) => moveNode(one, moved, counts))],
  }));
}
