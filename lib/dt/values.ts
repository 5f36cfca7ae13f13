// SPDX-License-Identifier: Apache-2.0
import { misuse } from './model.ts';

/**
 * What a property is made of: bytes as they are, one NUL-terminated string, several of them, a
 * number for one 32-bit cell, or `true` for a property that is there and empty.
 */
export type PropertyValue = Uint8Array | string | readonly string[] | number | true;

const encoder = new TextEncoder();
const U64 = 1n << 64n;

/**
 * 32-bit big-endian cells (Devicetree specification v0.4, 2.2.4, `<u32>`).
 *
 * @throws MisuseError for what is not an integer from 0 to 0xffffffff.
 */
export function cells(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
      throw misuse('a cell', `${value} is not an integer of 32 bits`);
    view.setUint32(4 * index, value);
  });
  return bytes;
}

/**
 * Two cells for each value, the high one first (Devicetree specification v0.4, 2.2.4, `<u64>`).
 *
 * @throws MisuseError for what is not an integer from 0 to 2^64 - 1, or a number too big to be
 * exact.
 */
export function cells64(...values: readonly (bigint | number)[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw misuse('a pair of cells', `${value} is not an exact integer`, 'pass a bigint');
    const exact = BigInt(value);
    if (exact < 0n || exact >= U64)
      throw misuse('a pair of cells', `${exact.toString()} is not an integer of 64 bits`);
    view.setBigUint64(8 * index, exact);
  });
  return bytes;
}

/**
 * NUL-terminated strings, one after the other (Devicetree specification v0.4, 2.2.4,
 * `<stringlist>`).
 *
 * @throws MisuseError for a string with a NUL in it.
 */
export function strings(...values: readonly string[]): Uint8Array {
  for (const value of values) {
    if (value.includes('\0'))
      throw misuse('a string', `${JSON.stringify(value)} contains a NUL`, 'pass several strings');
  }
  return encoder.encode(values.map((value) => `${value}\0`).join(''));
}

/** The bytes of a property's value, always a fresh array. @throws MisuseError as the parts do. */
export function encodeValue(value: PropertyValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (typeof value === 'number') return cells(value);
  if (typeof value === 'string') return strings(value);
  return value instanceof Uint8Array ? value.slice() : strings(...value);
}

/** One value made of several, without anything in between. @throws MisuseError as the parts do. */
export function concat(...values: readonly PropertyValue[]): Uint8Array {
  const parts = values.map(encodeValue);
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
