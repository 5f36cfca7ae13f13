// SPDX-License-Identifier: Apache-2.0
import { escapeCode, readExpression, readLiteral } from './source-expression.ts';
import type { SourceScanner } from './source-scanner.ts';
import type { Place } from '../support/source-text.ts';

/** A node that a value names: `&label` or `&{/path}`. */
export interface Reference {
  readonly kind: 'label' | 'path';
  readonly text: string;
  readonly place: Place;
}

/** A piece of a property's value: bytes, a phandle to fill in, or a path to fill in. */
export type ValuePart =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'phandle'; readonly of: Reference }
  | { readonly kind: 'path'; readonly of: Reference };

const label = /[a-zA-Z_][a-zA-Z0-9_]*:/y;
const string = /"(?:[^"\\]|\\[^])*"/y;

/** Labels may stand anywhere in data; they name bytes, which nobody asks for here. */
export function skipLabels(scanner: SourceScanner): string[] {
  const found: string[] = [];
  for (;;) {
    const text = scanner.match(label);
    if (text === undefined) return found;
    found.push(text.slice(0, -1));
  }
}

/** `label` or `{/path}`, behind its `&`. */
export function readReference(scanner: SourceScanner): Reference {
  const { place } = scanner;
  const path = scanner.match(/\{[^}\s]*\}/y);
  if (path !== undefined)
    return { kind: 'path', text: path.slice(1, -1), place: { ...place, length: path.length + 1 } };
  const name = scanner.match(/[a-zA-Z_][a-zA-Z0-9_]*/y);
  if (name === undefined) throw scanner.unexpected('a label or {/path}');
  return { kind: 'label', text: name, place: { ...place, length: name.length } };
}

const encoder = new TextEncoder();

/** A string's bytes without its quotes, with a NUL behind it; undefined when none comes next. */
function readString(scanner: SourceScanner): Uint8Array | undefined {
  const quoted = scanner.match(string);
  if (quoted === undefined) return undefined;
  // What the pattern captures stands at the odd places.
  const pieces = quoted.slice(1, -1).split(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|[^])/);
  const bytes = pieces.flatMap((piece, index) =>
    index % 2 === 1 ? [escapeCode(piece)] : [...encoder.encode(piece)],
  );
  return Uint8Array.from([...bytes, 0]);
}

/** The value of a property, behind its `=`, up to the `;`. @throws SourceError. */
export function readValue(scanner: SourceScanner): ValuePart[] {
  const parts: ValuePart[] = [];
  do {
    skipLabels(scanner);
    parts.push(...readPart(scanner));
    skipLabels(scanner);
  } while (scanner.take(','));
  return parts;
}

function readPart(scanner: SourceScanner): ValuePart[] {
  const bytes = readString(scanner);
  if (bytes !== undefined) return [{ kind: 'bytes', bytes }];
  if (scanner.take('&')) return [{ kind: 'path', of: readReference(scanner) }];
  if (scanner.take('[')) return [readBytes(scanner)];
  if (scanner.sees('/incbin/'))
    throw scanner.error('/incbin/ is not read: a binary file is no part of a configuration');
  const bits = scanner.take('/bits/') ? readBits(scanner) : 32;
  if (!scanner.take('<')) throw scanner.unexpected('a value: <cells>, "text", [bytes] or &label');
  return readCells(scanner, bits);
}

function readBits(scanner: SourceScanner): number {
  const { place } = scanner;
  const bits = Number(readLiteral(scanner));
  if (![8, 16, 32, 64].includes(bits)) throw scanner.error('/bits/ is 8, 16, 32 or 64', place);
  return bits;
}

function readBytes(scanner: SourceScanner): ValuePart {
  const bytes: number[] = [];
  for (;;) {
    skipLabels(scanner);
    const pair = scanner.match(/[0-9a-fA-F]{2}/y);
    if (pair === undefined) break;
    bytes.push(parseInt(pair, 16));
  }
  if (!scanner.take(']')) throw scanner.unexpected('two hexadecimal digits or "]"');
  return { kind: 'bytes', bytes: Uint8Array.from(bytes) };
}

/** Elements of `bits` bits each, big-endian; a reference is a phandle of 32. */
function readCells(scanner: SourceScanner, bits: number): ValuePart[] {
  const parts: ValuePart[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) parts.push({ kind: 'bytes', bytes: Uint8Array.from(bytes) });
    bytes = [];
  };
  for (;;) {
    skipLabels(scanner);
    if (scanner.take('>')) {
      flush();
      return parts;
    }
    const { place } = scanner;
    if (scanner.take('&')) {
      if (bits !== 32) throw scanner.error('a phandle has 32 bits', place);
      flush();
      parts.push({ kind: 'phandle', of: readReference(scanner) });
      continue;
    }
    const value = scanner.take('(') ? closed(scanner) : readLiteral(scanner);
    if (value === undefined)
      throw scanner.unexpected('a number, an expression in (), &label or ">"');
    pushElement(bytes, fitting(scanner, value, bits, place), bits);
  }
}

function closed(scanner: SourceScanner): bigint {
  const value = readExpression(scanner);
  scanner.expect(')', '")"');
  return value;
}

/** dtc takes what fits unsigned, or as a negative number (dtc-parser.y, arrayprefix). */
function fitting(scanner: SourceScanner, value: bigint, bits: number, place: Place): bigint {
  const mask = (1n << BigInt(bits)) - 1n;
  if (value > mask && (value | mask) !== (1n << 64n) - 1n)
    throw scanner.error(`0x${value.toString(16)} does not fit ${bits} bits`, place);
  return value & mask;
}

function pushElement(bytes: number[], value: bigint, bits: number): void {
  if (bits === 64) {
    pushElement(bytes, value >> 32n, 32);
    pushElement(bytes, value & 0xffff_ffffn, 32);
    return;
  }
  const word = Number(value);
  for (let shift = bits - 8; shift >= 0; shift -= 8) bytes.push((word >>> shift) & 0xff);
}
