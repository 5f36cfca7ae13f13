// SPDX-License-Identifier: Apache-2.0
import { cells, strings } from '../dt/index.ts';

/** Bytes of a property, or why U-Boot takes none of it. */
export interface FdtValue {
  readonly bytes?: Uint8Array | undefined;
  readonly fault?: string | undefined;
}

/** A number as C's strtoul with base 0 takes all of it. */
function cellOf(text: string): number | undefined {
  const value = /^0x[0-9a-f]+$/i.test(text)
    ? Number(text)
    : /^0[0-7]*$/.test(text)
      ? parseInt(text, 8)
      : /^[1-9][0-9]*$/.test(text)
        ? Number(text)
        : undefined;
  return value === undefined || value > 0xffff_ffff ? undefined : value;
}

/**
 * The value that `fdt set` makes of its words (U-Boot, cmd/fdt.c, fdt_parse_prop): `<cells>`,
 * `[bytes]`, strings, or nothing. The shell has taken quotes off.
 */
export function fdtValue(words: readonly string[]): FdtValue {
  const text = words.join(' ').trim();
  if (words.length === 0) return { bytes: new Uint8Array(0) };
  if (text.startsWith('<')) {
    const inner = /^<\s*([^>]*?)\s*>?$/.exec(text)?.[1] ?? '';
    const numbers = inner.split(/\s+/).filter((word) => word !== '');
    const read = numbers.map(cellOf);
    const bad = numbers.find((_word, index) => read[index] === undefined);
    if (bad !== undefined) return { fault: `"${bad}" is no cell` };
    return { bytes: cells(...read.filter((one) => one !== undefined)) };
  }
  if (text.startsWith('[')) {
    const inner = text.replaceAll(/[[\]\s]/g, '');
    const pairs = inner.match(/../g) ?? [];
    if (!/^(?:[0-9a-f]{2})*$/i.test(inner)) return { fault: `"${text}" are no bytes` };
    return { bytes: Uint8Array.from(pairs, (pair) => parseInt(pair, 16)) };
  }
  return { bytes: strings(...words) };
}
