// SPDX-License-Identifier: Apache-2.0
import { BlobError, deviceTree, node, readBlob, writeBlob } from '../../../lib/dt/index.ts';
import type { DeviceTree } from '../../../lib/dt/index.ts';

/** Offsets of the header's fields, in bytes (Devicetree specification v0.4, 5.2). */
export const HEADER = {
  magic: 0,
  totalSize: 4,
  structure: 8,
  strings: 12,
  reservations: 16,
  version: 20,
  lastCompatible: 24,
  bootCpu: 28,
  stringsSize: 32,
  structureSize: 36,
} as const;

/** A tree with one of each: reservation, properties that share a tail, a child. */
export const small: DeviceTree = deviceTree(
  node('', { model: 'm' }, [node('cpu@0', { 'x-reg': 0x1234_5678, reg: true })]),
  { reservations: [{ address: 0x1000n, size: 0x10n }], bootCpu: 3 },
);

/**
 * The blob of {@link small}, whose structure begins at 0x48: 0x48 begin, root's name, 0x50 model
 * (length, name, value at 0x5c), 0x60 begin, 0x64 `cpu@0`, 0x6c x-reg (value at 0x78), 0x7c reg,
 * 0x88 and 0x8c ends, 0x90 the end token, 0x94 the strings.
 *
 * @param words what to put there instead: 32-bit words by offset.
 */
export function patched(words: Readonly<Record<number, number>> = {}): Uint8Array {
  const blob = writeBlob(small);
  const view = new DataView(blob.buffer);
  for (const [offset, word] of Object.entries(words)) view.setUint32(Number(offset), word);
  return blob;
}

/** A blob of version 17 around the words of a structure block, whatever they are. */
export function blobOf(structureWords: readonly number[], names: string): Uint8Array {
  const [at, size] = [56, 4 * structureWords.length];
  const text = new TextEncoder().encode(names);
  const total = at + size + text.length;
  const header = [0xd00d_feed, total, at, at + size, 40, 17, 16, 0, text.length, size, 0, 0, 0, 0];
  const blob = new Uint8Array(total);
  const view = new DataView(blob.buffer);
  [...header, ...structureWords].forEach((word, index) => {
    view.setUint32(4 * index, word);
  });
  blob.set(text, at + size);
  return blob;
}

/** The error with which these bytes are refused; undefined if they are a blob. */
export function refusal(bytes: Uint8Array): BlobError | undefined {
  try {
    readBlob(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof BlobError) return error;
    throw error;
  }
}

/** How many words were read while `work` ran, and how many bytes were searched for a NUL. */
export function countReads(work: () => unknown): { words: number; bytes: number } {
  const reads = { words: 0, bytes: 0 };
  const restores = [
    spy(DataView.prototype, 'getUint32', () => reads.words++),
    spy(Uint8Array.prototype, 'indexOf', (array) => (reads.bytes += array.length)),
  ];
  try {
    work();
  } finally {
    for (const restore of restores) restore();
  }
  return reads;
}

function spy<Owner extends object>(
  owner: Owner,
  method: keyof Owner & string,
  seen: (receiver: Owner) => void,
): () => void {
  const original = owner[method] as (...args: unknown[]) => unknown;
  const own = Object.getOwnPropertyDescriptor(owner, method);
  const value = function (this: Owner, ...args: unknown[]): unknown {
    seen(this);
    return original.apply(this, args);
  };
  Object.defineProperty(owner, method, { value, configurable: true });
  return () => {
    // indexOf is inherited from %TypedArray%.
    if (own === undefined) Reflect.deleteProperty(owner, method);
    else Object.defineProperty(owner, method, own);
  };
}
