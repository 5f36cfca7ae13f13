// SPDX-License-Identifier: Apache-2.0

/** What a program or a library wants of the dynamic loader. */
export interface DynamicNeeds {
  /** The loader's path; a library has none. */
  readonly interpreter: string | undefined;
  /** Names of shared libraries, DT_NEEDED. */
  readonly libraries: readonly string[];
}

const segment = { load: 1, dynamic: 2, interpreter: 3 };
const tag = { end: 0, needed: 1, strings: 5 };

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const long = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

const text = (bytes: Buffer, at: number): string =>
  bytes.toString('latin1', at, bytes.indexOf(0, at));

function segmentsOf(bytes: Buffer): Segment[] {
  const table = long(bytes, 32);
  const size = bytes.readUInt16LE(54);
  return Array.from({ length: bytes.readUInt16LE(56) }, (_unused, index) => {
    const at = table + index * size;
    return {
      type: bytes.readUInt32LE(at),
      offset: long(bytes, at + 8),
      address: long(bytes, at + 16),
      size: long(bytes, at + 32),
    };
  });
}

/**
 * Reads what a 64-bit little-endian ELF file needs at run time (System V ABI, "Dynamic Linking");
 * undefined for any other file. A file that links nothing needs nothing.
 */
export function dynamicNeeds(bytes: Buffer): DynamicNeeds | undefined {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f45_4c46) return undefined;
  if (bytes[4] !== 2 || bytes[5] !== 1) return undefined;
  const segments = segmentsOf(bytes);
  const interp = segments.find(({ type }) => type === segment.interpreter);
  const interpreter = interp && text(bytes, interp.offset);
  const dynamic = segments.find(({ type }) => type === segment.dynamic);
  if (dynamic === undefined) return { interpreter, libraries: [] };
  const entries = Array.from({ length: Math.floor(dynamic.size / 16) }, (_unused, index) => {
    const at = dynamic.offset + 16 * index;
    return { tag: long(bytes, at), value: long(bytes, at + 8) };
  });
  const used = entries.slice(
    0,
    entries.findIndex((entry) => entry.tag === tag.end),
  );
  const address = used.find((entry) => entry.tag === tag.strings)?.value ?? 0;
  const holder = segments.find(
    ({ type, address: start, size }) =>
      type === segment.load && address >= start && address < start + size,
  );
  const strings = address - (holder?.address ?? 0) + (holder?.offset ?? 0);
  const needed = used.filter((entry) => entry.tag === tag.needed);
  return { interpreter, libraries: needed.map(({ value }) => text(bytes, strings + value)) };
}
