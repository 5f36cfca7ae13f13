// SPDX-License-Identifier: Apache-2.0
import {
  cellsBelow,
  cellsOf,
  describeCells,
  type DtNode,
  type InheritedCells,
  property,
  regOf,
  stringOf,
  stringsOf,
  u32,
} from '../dt/index.ts';
import type { Range } from '../memory/ranges.ts';
import { messageOf } from '../support/errors.ts';
import type { PlacedTree } from './placed-tree.ts';
import type { Where } from './where.ts';

const reservedMemory = '/reserved-memory';

/** A range of addresses, and where it is written. */
export interface PlacedRange extends Range {
  readonly where: Where;
}

/** Reads one tree; what cannot be made out is noted and left out. */
export class TreeReader {
  readonly faults: { where: Where; message: string }[] = [];
  readonly source: PlacedTree;

  constructor(source: PlacedTree) {
    this.source = source;
  }

  /** What `read` returns, or undefined with a note at the property. */
  attempt<T>(path: string, name: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const message = error instanceof Error ? error.message.replace(/^device tree, /, '') : '';
      this.fault(this.source.at(path, name), message);
      return undefined;
    }
  }

  /** Notes a fault, at each place the first alone: it may be read for several purposes. */
  fault(where: Where, message: string): void {
    if (this.faults.some((fault) => fault.where.path === where.path)) return;
    this.faults.push({ where, message });
  }

  /**
   * The cells of what is below the node at `path`. Xen's scan of /reserved-memory begins anew at that
   * node: it has nothing of the root's.
   */
  cellsBelow(path: string): InheritedCells {
    const { root } = this.source.tree;
    let node: DtNode | undefined = root;
    let at = '';
    for (const part of path.split('/')) {
      if (part !== '') {
        node = node.children.find((child) => child.name === part);
        at += `/${part}`;
      }
      if (node === undefined) break;
      const one = node;
      for (const name of ['#address-cells', '#size-cells'])
        this.attempt(at === '' ? '/' : at, name, () => u32(one, name));
    }
    if (path !== reservedMemory) return cellsBelow(root, path);
    const { addressFrom, sizeFrom, ...counts } = cellsBelow(node ?? root, '');
    const here = (from: string | undefined): string | undefined => from && reservedMemory;
    return { ...counts, addressFrom: here(addressFrom), sizeFrom: here(sizeFrom) };
  }

  /** The ranges of a node's `reg`, or of another property of that shape, those of size 0 too. */
  ranges(node: DtNode, path: string, name = 'reg', called = node.name): PlacedRange[] {
    const where = this.source.at(path, name);
    const read = (): readonly { address: bigint; size: bigint }[] => {
      if (property(node, name) === undefined) return [];
      const cells = this.cellsBelow(path.slice(0, path.lastIndexOf('/')));
      try {
        return regOf(node, cells.addressCells, cells.sizeCells, name);
      } catch (error) {
        throw new Error(`${messageOf(error)}; ${describeCells(cells)}`, { cause: error });
      }
    };
    return (this.attempt(path, name, read) ?? []).map(({ address, size }) => ({
      name: called,
      start: address,
      size,
      where,
    }));
  }

  /**
   * The same without those of size 0, of memory: Xen ignores empty banks (device_tree_get_meminfo in
   * xen/common/device-tree/bootfdt.c).
   */
  banks(node: DtNode, path: string, name?: string, called?: string): PlacedRange[] {
    return this.ranges(node, path, name, called).filter(({ size }) => size > 0n);
  }

  text(node: DtNode, path: string, name: string): string | undefined {
    return this.attempt(path, name, () => stringOf(node, name));
  }

  compatible(node: DtNode, path: string): readonly string[] {
    return this.attempt(path, 'compatible', () => stringsOf(node, 'compatible')) ?? [];
  }

  cells(node: DtNode, path: string, name: string): readonly number[] | undefined {
    return this.attempt(path, name, () => cellsOf(node, name));
  }
}

/** Cells as one number, the high one first. */
export const joined = (cells: readonly number[]): bigint =>
  cells.reduce((sum, cell) => (sum << 32n) | BigInt(cell), 0n);
