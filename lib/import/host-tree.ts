// SPDX-License-Identifier: Apache-2.0
import {
  cellCounts,
  cellsOf,
  type DtNode,
  find,
  property,
  regOf,
  stringOf,
  stringsOf,
} from '../dt/index.ts';
import type { Range } from '../memory/ranges.ts';
import type { PlacedTree } from './placed-tree.ts';
import type { From, Where } from './where.ts';

/** A range of addresses, and where it is written. */
export interface PlacedRange extends Range {
  readonly where: Where;
}

/** A node with `xen,domain-shared-memory-v1`, or one that looks as if it was meant to be one. */
export interface SharedMemoryNode {
  readonly where: Where;
  readonly at: (property: string) => Where;
  readonly compatible: string;
  readonly id: string | undefined;
  readonly role: string | undefined;
  /** The cells of `xen,shared-mem`; undefined when it is not there. */
  readonly cells: readonly number[] | undefined;
  readonly addressCells: number;
  readonly sizeCells: number;
  /** Read out of the cells, where there are as many as there have to be. */
  readonly region:
    | { readonly host: bigint | undefined; readonly guest: bigint; readonly size: bigint }
    | undefined;
}

/** A `xen,domain` node, or dom0's place in /chosen. */
export interface Dom0lessDomain {
  /** The node's name; `dom0` for what stands in /chosen itself. */
  readonly name: string;
  readonly where: Where;
  readonly at: (property: string) => Where;
  /** In KiB; undefined when it is not there, or for dom0. */
  readonly memory: bigint | undefined;
  readonly cpus: number | undefined;
  readonly hasKernel: boolean;
  /** Of the kernel's module, in bytes; undefined when it has none. */
  readonly kernelSize: bigint | undefined;
  /** A module with a partial device tree. */
  readonly hasPartialTree: boolean;
  readonly directMap: boolean;
  readonly enhanced: string | undefined;
  readonly vpl011: boolean;
  readonly staticMemory: readonly PlacedRange[];
  readonly sharedMemory: readonly SharedMemoryNode[];
}

/** What a host device tree says about sharing. */
export interface HostTree {
  readonly source: PlacedTree;
  readonly memory: readonly PlacedRange[];
  readonly reserved: readonly PlacedRange[];
  readonly modules: readonly PlacedRange[];
  /** Banks of `mmio-sram`. */
  readonly sram: readonly PlacedRange[];
  readonly dom0: Dom0lessDomain;
  readonly domains: readonly Dom0lessDomain[];
  readonly xenArguments: From<string> | undefined;
  /** Properties whose cells do not come out. */
  readonly faults: readonly { readonly where: Where; readonly message: string }[];
}

/** Reads one tree; what cannot be made out is noted and left out. */
class Reader {
  readonly faults: { where: Where; message: string }[] = [];
  readonly #source: PlacedTree;

  constructor(source: PlacedTree) {
    this.#source = source;
  }

  /** What `read` returns, or undefined with a note at the property. */
  #attempt<T>(path: string, name: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const message = error instanceof Error ? error.message.replace(/^device tree, /, '') : '';
      this.faults.push({ where: this.#source.at(path, name), message });
      return undefined;
    }
  }

  /** The ranges of a node's `reg`, or of another property of that shape. */
  ranges(
    parent: DtNode,
    node: DtNode,
    path: string,
    name = 'reg',
    called = node.name,
  ): PlacedRange[] {
    const { addressCells, sizeCells } = cellCounts(parent);
    const where = this.#source.at(path, name);
    const read = (): readonly { address: bigint; size: bigint }[] =>
      regOf(node, addressCells, sizeCells, name);
    return (this.#attempt(path, name, read) ?? [])
      .filter(({ size }) => size > 0n)
      .map(({ address, size }) => ({ name: called, start: address, size, where }));
  }

  text(node: DtNode, path: string, name: string): string | undefined {
    return this.#attempt(path, name, () => stringOf(node, name));
  }

  compatible(node: DtNode, path: string): readonly string[] {
    return this.#attempt(path, 'compatible', () => stringsOf(node, 'compatible')) ?? [];
  }

  number(node: DtNode, path: string, name: string): bigint | undefined {
    const cells = this.#attempt(path, name, () => cellsOf(node, name));
    return cells && joined(cells);
  }

  sharedMemory(parent: DtNode, node: DtNode, path: string): SharedMemoryNode | undefined {
    const compatible = this.compatible(node, path)[0] ?? '';
    const meant = property(node, 'xen,shared-mem') ?? property(node, 'xen,shm-id');
    if (compatible !== 'xen,domain-shared-memory-v1' && meant === undefined) return undefined;
    const { addressCells, sizeCells } = cellCounts(parent);
    const cells = this.#attempt(path, 'xen,shared-mem', () => cellsOf(node, 'xen,shared-mem'));
    return {
      where: this.#source.at(path),
      at: (name) => this.#source.at(path, name),
      compatible,
      id: this.text(node, path, 'xen,shm-id'),
      role: this.text(node, path, 'role'),
      cells,
      addressCells,
      sizeCells,
      region: cells && regionOf(cells, addressCells, sizeCells),
    };
  }

  domain(parent: DtNode, node: DtNode, path: string, name: string): Dom0lessDomain {
    const children = node.children.map((child) => ({ child, path: `${path}/${child.name}` }));
    const kernel = children.find((one) =>
      this.compatible(one.child, one.path).includes('multiboot,kernel'),
    );
    const image = kernel && this.ranges(node, kernel.child, kernel.path)[0];
    const cpus = this.number(node, path, 'cpus');
    return {
      name,
      where: this.#source.at(path),
      at: (property_) => this.#source.at(path, property_),
      memory: this.number(node, path, 'memory'),
      cpus: cpus === undefined ? undefined : Number(cpus),
      hasKernel: kernel !== undefined,
      kernelSize: image?.size,
      hasPartialTree: children.some((one) =>
        this.compatible(one.child, one.path).includes('multiboot,device-tree'),
      ),
      directMap: property(node, 'direct-map') !== undefined,
      enhanced:
        property(node, 'xen,enhanced')?.length === 0
          ? 'enabled'
          : this.text(node, path, 'xen,enhanced'),
      vpl011: property(node, 'vpl011') !== undefined,
      staticMemory: this.ranges(parent, node, path, 'xen,static-mem', `static memory of ${name}`),
      sharedMemory: children.flatMap((one) => this.sharedMemory(node, one.child, one.path) ?? []),
    };
  }
}

const joined = (cells: readonly number[]): bigint =>
  cells.reduce((sum, cell) => (sum << 32n) | BigInt(cell), 0n);

function regionOf(
  cells: readonly number[],
  addressCells: number,
  sizeCells: number,
): SharedMemoryNode['region'] {
  const host = cells.length === 2 * addressCells + sizeCells;
  if (!host && cells.length !== addressCells + sizeCells) return undefined;
  const first = host ? addressCells : 0;
  return {
    host: host ? joined(cells.slice(0, addressCells)) : undefined,
    guest: joined(cells.slice(first, first + addressCells)),
    size: joined(cells.slice(first + addressCells)),
  };
}

/** Every node below `node` with its path and its parent. */
function* below(
  node: DtNode,
  path: string,
): Generator<{ node: DtNode; parent: DtNode; path: string }, void, undefined> {
  for (const child of node.children) {
    const childPath = `${path === '/' ? '' : path}/${child.name}`;
    yield { node: child, parent: node, path: childPath };
    yield* below(child, childPath);
  }
}

/** Reads what a host device tree says about sharing (docs/misc/arm/device-tree/booting.txt). */
export function readHostTree(source: PlacedTree): HostTree {
  const reader = new Reader(source);
  const { root } = source.tree;
  const nodes = [...below(root, '/')];
  const rangesOf = (wanted: (node: DtNode, path: string) => boolean): PlacedRange[] =>
    nodes
      .filter(({ node, path }) => wanted(node, path))
      .flatMap(({ node, parent, path }) => reader.ranges(parent, node, path));
  const chosen = find(root, '/chosen') ?? { name: 'chosen', properties: [], children: [] };
  const isDomain = (node: DtNode, path: string): boolean =>
    reader.compatible(node, path).includes('xen,domain');
  const domains = chosen.children.flatMap((child) => {
    const path = `/chosen/${child.name}`;
    return isDomain(child, path) ? [reader.domain(chosen, child, path, child.name)] : [];
  });
  const dom0 = reader.domain(root, chosen, '/chosen', 'dom0');
  const text = reader.text(chosen, '/chosen', 'xen,xen-bootargs');
  return {
    source,
    memory: rangesOf((node, path) => reader.text(node, path, 'device_type') === 'memory'),
    reserved: rangesOf((_node, path) => /^\/reserved-memory\/[^/]+$/.test(path)),
    modules: rangesOf((node, path) =>
      reader.compatible(node, path).some((one) => /^(xen,)?multiboot[,-]/.test(one)),
    ).map((range, index) => ({ ...range, name: `boot module ${index} (${range.name})` })),
    sram: rangesOf((node, path) => reader.compatible(node, path).includes('mmio-sram')),
    dom0,
    domains,
    xenArguments:
      text === undefined
        ? undefined
        : { value: text, where: source.at('/chosen', 'xen,xen-bootargs') },
    faults: reader.faults,
  };
}
