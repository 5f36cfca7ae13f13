// SPDX-License-Identifier: Apache-2.0
import type { DtNode } from './model.ts';
import { u32 } from './properties.ts';

/** How many cells addresses and sizes have, and the node that says each; undefined: none does. */
export interface InheritedCells {
  readonly addressCells: number;
  readonly sizeCells: number;
  readonly addressFrom: string | undefined;
  readonly sizeFrom: string | undefined;
}

/**
 * The cells of addresses and sizes below the node at `path`, by the names as they stand: where a
 * node does not say, Xen takes its parent's, and 2 and 1 where none does
 * (xen/common/device-tree/bootfdt.c, device_tree_for_each_node). The Devicetree specification does
 * not inherit them: `cellCounts` is that of one node. A count that is not one cell is none.
 */
export function cellsBelow(root: DtNode, path: string): InheritedCells {
  let found: InheritedCells = {
    addressCells: 2,
    sizeCells: 1,
    addressFrom: undefined,
    sizeFrom: undefined,
  };
  let node: DtNode | undefined = root;
  let at = '';
  for (const name of ['', ...path.split('/').filter((part) => part !== '')]) {
    if (name !== '') {
      node = node.children.find((child) => child.name === name);
      at += `/${name}`;
    }
    if (node === undefined) break;
    const [address, size] = [oneCell(node, '#address-cells'), oneCell(node, '#size-cells')];
    const here = at === '' ? '/' : at;
    if (address !== undefined) found = { ...found, addressCells: address, addressFrom: here };
    if (size !== undefined) found = { ...found, sizeCells: size, sizeFrom: here };
  }
  return found;
}

function oneCell(node: DtNode, name: string): number | undefined {
  try {
    return u32(node, name);
  } catch {
    return undefined;
  }
}

/** `/chosen says #address-cells 2, / says #size-cells 1`. */
export function describeCells(cells: InheritedCells): string {
  const { addressCells, sizeCells, addressFrom, sizeFrom } = cells;
  const said = (path: string | undefined, what: string): string =>
    path === undefined ? `nobody says more than the default, ${what}` : `${path} says ${what}`;
  const [address, size] = [`#address-cells ${addressCells}`, `#size-cells ${sizeCells}`];
  if (addressFrom === sizeFrom) return said(addressFrom, `${address} and ${size}`);
  return `${said(addressFrom, address)}, ${said(sizeFrom, size)}`;
}
