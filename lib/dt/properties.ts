// SPDX-License-Identifier: Apache-2.0
import { misuse } from './model.ts';
import type { DtNode, Located, Reservation } from './model.ts';

/** A node, or a node with its path: with the path, errors name it. */
export type NodeOrLocated = DtNode | Located;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value of the property `name`, or undefined if the node has none; empty if it is empty. */
export function property(node: NodeOrLocated, name: string): Uint8Array | undefined {
  return nodeOf(node).properties.find((candidate) => candidate.name === name)?.value;
}

/** The one cell of `name`, or undefined if it is absent. @throws MisuseError if not 4 bytes. */
export function u32(node: NodeOrLocated, name: string): number | undefined {
  const value = sized(node, name, 4, 'one cell');
  return value && viewOf(value).getUint32(0);
}

/** The two cells of `name`, high one first, or undefined if absent. @throws MisuseError if not 8 bytes. */
export function u64(node: NodeOrLocated, name: string): bigint | undefined {
  const value = sized(node, name, 8, 'two cells');
  return value && viewOf(value).getBigUint64(0);
}

/** All cells of `name`, or undefined if absent. @throws MisuseError if not a multiple of 4 bytes. */
export function cellsOf(node: NodeOrLocated, name: string): number[] | undefined {
  const value = property(node, name);
  if (value === undefined) return undefined;
  if (value.length % 4 !== 0) throw wrongLength(node, name, value, 'whole cells of 4 bytes');
  const view = viewOf(value);
  return Array.from({ length: value.length / 4 }, (_unused, index) => view.getUint32(4 * index));
}

/**
 * The one string of `name` without its NUL, or undefined if absent.
 *
 * @throws MisuseError if it is not exactly one NUL-terminated string of UTF-8.
 */
export function stringOf(node: NodeOrLocated, name: string): string | undefined {
  const values = stringsOf(node, name);
  if (values === undefined) return undefined;
  const [only, ...more] = values;
  if (only === undefined || more.length > 0)
    throw misuse(place(node, name), `one string was wanted, ${values.length} are there`);
  return only;
}

/**
 * The strings of `name` without their NULs, or undefined if absent; none for an empty property.
 *
 * @throws MisuseError if the last is not NUL-terminated, or they are not UTF-8.
 */
export function stringsOf(node: NodeOrLocated, name: string): string[] | undefined {
  const value = property(node, name);
  if (value === undefined) return undefined;
  if (value.length === 0) return [];
  if (value.at(-1) !== 0)
    throw misuse(place(node, name), `its ${value.length} bytes do not end in a NUL`);
  try {
    return decoder.decode(value.subarray(0, -1)).split('\0');
  } catch {
    throw misuse(place(node, name), `its ${value.length} bytes are not UTF-8 text`);
  }
}

/**
 * Pairs of address and size, in bytes (Devicetree specification v0.4, 2.3.6); none if absent.
 * The counts are those of the parent's `#address-cells` and `#size-cells` ({@link cellCounts}).
 *
 * @param name another property of the same shape, such as `xen,static-mem`.
 * @throws MisuseError if its length is not a multiple of the two counts' sum.
 */
export function regOf(
  node: NodeOrLocated,
  addressCells: number,
  sizeCells: number,
  name = 'reg',
): Reservation[] {
  const all = cellsOf(node, name);
  if (all === undefined) return [];
  const width = addressCells + sizeCells;
  if (width === 0 || all.length % width !== 0) {
    const shape = `entries of ${addressCells} address and ${sizeCells} size cells`;
    throw misuse(place(node, name), `${shape} were wanted, ${all.length} cells are there`);
  }
  return Array.from({ length: all.length / width }, (_unused, index) => {
    const entry = all.slice(index * width, (index + 1) * width);
    return { address: join(entry.slice(0, addressCells)), size: join(entry.slice(addressCells)) };
  });
}

/**
 * How many cells the addresses and sizes of a node's children have; 2 and 1 where it does not say
 * (Devicetree specification v0.4, 2.3.5). @throws MisuseError if a count is not one cell.
 */
export function cellCounts(parent: NodeOrLocated): { addressCells: number; sizeCells: number } {
  return {
    addressCells: u32(parent, '#address-cells') ?? 2,
    sizeCells: u32(parent, '#size-cells') ?? 1,
  };
}

function nodeOf(node: NodeOrLocated): DtNode {
  return 'node' in node ? node.node : node;
}

function place(node: NodeOrLocated, name: string): string {
  const path = 'node' in node ? node.path : node.name === '' ? '/' : node.name;
  return `node ${path}, property ${name}`;
}

function sized(node: NodeOrLocated, name: string, size: number, wanted: string) {
  const value = property(node, name);
  if (value !== undefined && value.length !== size) throw wrongLength(node, name, value, wanted);
  return value;
}

function wrongLength(node: NodeOrLocated, name: string, value: Uint8Array, wanted: string): Error {
  return misuse(place(node, name), `${wanted} was wanted, ${value.length} bytes are there`);
}

function viewOf(value: Uint8Array): DataView {
  return new DataView(value.buffer, value.byteOffset, value.byteLength);
}

function join(parts: readonly number[]): bigint {
  return parts.reduce((sum, part) => (sum << 32n) | BigInt(part), 0n);
}
