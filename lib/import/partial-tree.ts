// SPDX-License-Identifier: Apache-2.0
import { type DtNode, find, property, u32 } from '../dt/index.ts';
import type { PlacedTree } from './placed-tree.ts';
import { joined, TreeReader } from './tree-reader.ts';
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
  /** Properties whose cells or texts do not come out. */
  readonly faults: TreeReader['faults'];
}

/** Whether a tree is a guest's fragment, and no host's. */
export function isPartialTree(source: PlacedTree): boolean {
  return (
    find(source.tree, '/passthrough') !== undefined && find(source.tree, '/chosen') === undefined
  );
}

const takes = (count: number): boolean => count === 1 || count === 2;

function passthroughNode(
  reader: TreeReader,
  parent: DtNode,
  node: DtNode,
  path: string,
): PassthroughNode {
  const { source } = reader;
  const parentPath = path.slice(0, path.lastIndexOf('/'));
  // A node that does not say has the default: Xen inherits nothing here (scan_pfdt_node).
  const counted = (one: string): number | undefined =>
    reader.attempt(parentPath, one, () => u32(parent, one));
  const [addressCells, sizeCells] = [counted('#address-cells') ?? 2, counted('#size-cells') ?? 1];
  const tuple = 2 * addressCells + sizeCells;
  const name = node.properties
    .map((one) => one.name)
    .findLast((one) => one === 'xen,reg' || one === 'xen,reg-cacheable');
  const known = takes(addressCells) && takes(sizeCells);
  if (name !== undefined && !known)
    reader.fault(
      source.at(parentPath, takes(addressCells) ? '#size-cells' : '#address-cells'),
      `#address-cells is ${addressCells} and #size-cells ${sizeCells} above ${name}: Xen takes 1 or 2 of each`,
    );
  const cells = name && known ? (reader.cells(node, path, name) ?? []) : [];
  const count = Math.floor(cells.length / tuple);
  return {
    path,
    where: source.at(path),
    at: (one) => source.at(path, one),
    compatible: reader.compatible(node, path),
    property: name,
    tuple,
    leftover: known ? cells.length % tuple : 0,
    ranges: Array.from({ length: count }, (_unused, index) => {
      const entry = cells.slice(index * tuple, (index + 1) * tuple);
      return {
        host: joined(entry.slice(0, addressCells)),
        size: joined(entry.slice(addressCells, addressCells + sizeCells)),
        guest: joined(entry.slice(addressCells + sizeCells)),
      };
    }),
    xenPath: reader.text(node, path, 'xen,path'),
    force: property(node, 'xen,force-assign-without-iommu') !== undefined,
  };
}

/** Reads a guest's fragment (docs/misc/arm/passthrough.txt). */
export function readPartialTree(source: PlacedTree): PartialTree {
  const reader = new TreeReader(source);
  const nodes: PassthroughNode[] = [];
  const visit = (parent: DtNode, path: string): void => {
    for (const child of parent.children) {
      const childPath = `${path}/${child.name}`;
      nodes.push(passthroughNode(reader, parent, child, childPath));
      visit(child, childPath);
    }
  };
  const passthrough = find(source.tree, '/passthrough');
  if (passthrough !== undefined) visit(passthrough, '/passthrough');
  const ignored = source.tree.root.children
    // `gic` stands for the guest's interrupt controller (docs/misc/arm/passthrough.txt).
    .filter(({ name }) => !/^(?:passthrough|aliases|gic|__symbols__|__fixups__)$/.test(name))
    .map(({ name }) => ({ name, where: source.at(`/${name}`) }));
  return { source, nodes, ignored, faults: reader.faults };
}
