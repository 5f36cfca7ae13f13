// SPDX-License-Identifier: Apache-2.0
import { type DtNode, find, property, u32, walk } from '../dt/index.ts';
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
  /** Cells of an address in it. */
  readonly addressCells: number;
  readonly xenPath: string | undefined;
  readonly force: boolean;
}

/** A device tree fragment for one guest. */
export interface PartialTree {
  readonly source: PlacedTree;
  readonly nodes: readonly PassthroughNode[];
  /** Nodes with `xen,reg` that are not below /passthrough: Xen looks at none of them. */
  readonly misplaced: readonly PassthroughNode[];
  /** Children of the root that neither Xen nor libxl copies. */
  readonly ignored: readonly { readonly name: string; readonly where: Where }[];
  /** Properties whose cells or texts do not come out. */
  readonly faults: TreeReader['faults'];
}

/** What only a guest's fragment has. */
const assigned = ['xen,reg', 'xen,reg-cacheable', 'xen,path'];

/**
 * Whether a tree is a guest's fragment, and no host's: it has /passthrough, or nodes that belong
 * there.
 */
export function isPartialTree({ tree }: PlacedTree): boolean {
  if (find(tree, '/chosen') !== undefined) return false;
  if (find(tree, '/passthrough') !== undefined) return true;
  return [...walk(tree)].some(({ node }) =>
    node.properties.some(({ name }) => assigned.includes(name)),
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
  const parentPath = path.slice(0, path.lastIndexOf('/')) || '/';
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
    addressCells,
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

interface Placed {
  readonly parent: DtNode;
  readonly node: DtNode;
  readonly path: string;
}

/** Every node below `parent`, parents first. */
function* below(parent: DtNode, path: string): Generator<Placed, void, undefined> {
  for (const node of parent.children) {
    const nodePath = `${path}/${node.name}`;
    yield { parent, node, path: nodePath };
    yield* below(node, nodePath);
  }
}

/** Reads a guest's fragment (docs/misc/arm/passthrough.txt). */
export function readPartialTree(source: PlacedTree): PartialTree {
  const reader = new TreeReader(source);
  const all = [...below(source.tree.root, '')];
  const isCopied = (path: string): boolean => path.startsWith('/passthrough/');
  const read = ({ parent, node, path }: Placed): PassthroughNode =>
    passthroughNode(reader, parent, node, path);
  const nodes = all.filter(({ path }) => isCopied(path)).map(read);
  const misplaced = all
    .filter(({ path, node }) => !isCopied(path) && assigned.some((one) => property(node, one)))
    .map(read);
  const ignored = source.tree.root.children
    // `gic` stands for the guest's interrupt controller (docs/misc/arm/passthrough.txt).
    .filter(({ name }) => !/^(?:passthrough|aliases|gic|__symbols__|__fixups__)$/.test(name))
    .map(({ name }) => ({ name, where: source.at(`/${name}`) }));
  return { source, nodes, misplaced, ignored, faults: reader.faults };
}
