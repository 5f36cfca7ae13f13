// SPDX-License-Identifier: Apache-2.0
import {
  cellCounts,
  cellsOf,
  type DtNode,
  find,
  property,
  stringOf,
  stringsOf,
} from '../dt/index.ts';
import type { PlacedTree } from './placed-tree.ts';
import type { Where } from './where.ts';

/** One mapping that `xen,reg` asks for, in bytes. */
export interface PassthroughRange {
  readonly host: bigint;
  readonly size: bigint;
  readonly guest: bigint;
}

/** A node below /passthrough. */
export interface PassthroughNode {
  readonly path: string;
  readonly where: Where;
  readonly at: (property: string) => Where;
  readonly compatible: readonly string[];
  /** The property that counts: of `xen,reg` and `xen,reg-cacheable` the last. */
  readonly property: 'xen,reg' | 'xen,reg-cacheable' | undefined;
  readonly ranges: readonly PassthroughRange[];
  /** Cells of the property that no whole tuple takes. */
  readonly leftover: number;
  /** Cells of one tuple. */
  readonly tuple: number;
  readonly xenPath: string | undefined;
  readonly force: boolean;
}

/** A device tree fragment for one guest. */
export interface PartialTree {
  readonly source: PlacedTree;
  readonly nodes: readonly PassthroughNode[];
  /** Children of the root that neither Xen nor libxl copies. */
  readonly ignored: readonly { readonly name: string; readonly where: Where }[];
}

/** Whether a tree is a guest's fragment, and no host's. */
export function isPartialTree(source: PlacedTree): boolean {
  return (
    find(source.tree, '/passthrough') !== undefined && find(source.tree, '/chosen') === undefined
  );
}

const joined = (cells: readonly number[]): bigint =>
  cells.reduce((sum, cell) => (sum << 32n) | BigInt(cell), 0n);

function passthroughNode(
  source: PlacedTree,
  parent: DtNode,
  node: DtNode,
  path: string,
): PassthroughNode {
  const { addressCells, sizeCells } = cellCounts(parent);
  const tuple = 2 * addressCells + sizeCells;
  const name = node.properties
    .map((one) => one.name)
    .findLast((one) => one === 'xen,reg' || one === 'xen,reg-cacheable');
  const value = name && property(node, name);
  const cells = name && value && value.length % 4 === 0 ? (cellsOf(node, name) ?? []) : [];
  const count = Math.floor(cells.length / tuple);
  return {
    path,
    where: source.at(path),
    at: (one) => source.at(path, one),
    compatible: stringsOf(node, 'compatible') ?? [],
    property: name,
    tuple,
    leftover: cells.length % tuple,
    ranges: Array.from({ length: count }, (_unused, index) => {
      const entry = cells.slice(index * tuple, (index + 1) * tuple);
      return {
        host: joined(entry.slice(0, addressCells)),
        size: joined(entry.slice(addressCells, addressCells + sizeCells)),
        guest: joined(entry.slice(addressCells + sizeCells)),
      };
    }),
    xenPath: property(node, 'xen,path') === undefined ? undefined : stringOf(node, 'xen,path'),
    force: property(node, 'xen,force-assign-without-iommu') !== undefined,
  };
}

/** Reads a guest's fragment (docs/misc/arm/passthrough.txt). */
export function readPartialTree(source: PlacedTree): PartialTree {
  const nodes: PassthroughNode[] = [];
  const visit = (parent: DtNode, path: string): void => {
    for (const child of parent.children) {
      const childPath = `${path}/${child.name}`;
      nodes.push(passthroughNode(source, parent, child, childPath));
      visit(child, childPath);
    }
  };
  const passthrough = find(source.tree, '/passthrough');
  if (passthrough !== undefined) visit(passthrough, '/passthrough');
  const ignored = source.tree.root.children
    // `gic` stands for the guest's interrupt controller (docs/misc/arm/passthrough.txt).
    .filter(({ name }) => !/^(?:passthrough|aliases|gic|__symbols__|__fixups__)$/.test(name))
    .map(({ name }) => ({ name, where: source.at(`/${name}`) }));
  return { source, nodes, ignored };
}
