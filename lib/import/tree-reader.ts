// SPDX-License-Identifier: Apache-2.0
import { cellCounts, cellsOf, type DtNode, regOf, stringOf, stringsOf } from '../dt/index.ts';
import type { Range } from '../memory/ranges.ts';
import type { PlacedTree } from './placed-tree.ts';
import type { Where } from './where.ts';

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
      const where = this.source.at(path, name);
      // It may be read for several purposes.
      if (this.faults.some((fault) => fault.where.path === where.path)) return undefined;
      const message = error instanceof Error ? error.message.replace(/^device tree, /, '') : '';
      this.faults.push({ where, message });
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
    const where = this.source.at(path, name);
    const read = (): readonly { address: bigint; size: bigint }[] =>
      regOf(node, addressCells, sizeCells, name);
    return (this.attempt(path, name, read) ?? [])
      .filter(({ size }) => size > 0n)
      .map(({ address, size }) => ({ name: called, start: address, size, where }));
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
