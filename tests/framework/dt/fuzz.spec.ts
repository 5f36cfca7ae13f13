// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from '@playwright/test';
import fc from 'fast-check';
import { readBlob, writeBlob } from '../../../lib/dt/index.ts';
import type { BlobError } from '../../../lib/dt/index.ts';
import { arbitraryTree } from './arbitrary.ts';
import { blobOf, countReads, refusal } from './blobs.ts';

const blob = arbitraryTree.map(writeBlob);
const position = fc.nat(0xffff);

/** A tree that can be written again, or a BlobError inside the bytes; at a bounded cost. */
function survives(bytes: Uint8Array): void {
  let error: BlobError | undefined;
  const reads = countReads(() => (error = refusal(bytes)));
  // Every word once, the header's included; every token brings at most one name.
  assert.ok(reads.words <= bytes.length / 4 + 1, `${reads.words} words`);
  assert.ok(reads.bytes <= 256 * (bytes.length / 4), `${reads.bytes} bytes`);
  if (error !== undefined) assert.ok(error.offset >= 0 && error.offset <= bytes.length);
  else assert.deepEqual(readBlob(writeBlob(readBlob(bytes))), readBlob(bytes));
}

test('arbitrary bytes, also after a magic number, are a blob or a BlobError', () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(bytes, (tail) => {
      survives(tail);
      survives(Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed, ...tail));
    }),
    { numRuns: 300 },
  );
});

test('arbitrary tokens, most of them sensible, are a blob or a BlobError', () => {
  const letter = fc.integer({ min: 0x61, max: 0x7a }).map((code) => code * 0x100_0000);
  const sensible = fc.oneof(
    letter.map((name) => [1, name]),
    fc.nat(8).map((size) => [3, size, 0, ...Array.from({ length: (size + 3) >> 2 }, () => 7)]),
    fc.constantFrom([2], [2], [4]),
  );
  const any = fc.oneof(fc.constantFrom(0, 1, 3, 9), fc.nat(0xffff_ffff)).map((word) => [word]);
  const token = fc.oneof({ weight: 9, arbitrary: sensible }, { weight: 1, arbitrary: any });
  const end = fc.constantFrom([2, 9], [9], [2], []);
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), end, (tokens, last) => {
      survives(blobOf([1, 0].concat(...tokens, last), 'p\0'));
    }),
    { numRuns: 1000 },
  );
});

test('a blob with some bytes changed is a blob or a BlobError', () => {
  const changes = fc.array(fc.tuple(position, fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(blob, changes, (bytes, edits) => {
      for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
      survives(bytes);
    }),
    { numRuns: 1000 },
  );
});

test('a blob with some words of its header changed is a blob or a BlobError', () => {
  const word = fc.oneof(fc.nat(0x200), fc.constantFrom(0xffff_ffff, 0xffff_fff8, 0x8000_0000));
  fc.assert(
    fc.property(blob, fc.nat(9), word, (bytes, field, replacement) => {
      new DataView(bytes.buffer).setUint32(4 * field, replacement);
      survives(bytes);
    }),
    { numRuns: 500 },
  );
});

test('a blob that is cut, or spliced into another, is a blob or a BlobError', () => {
  fc.assert(
    fc.property(blob, blob, position, position, (head, tail, from, to) => {
      const kept = head.subarray(0, from % head.length);
      survives(kept);
      survives(Uint8Array.from([...kept, ...tail.subarray(to % tail.length)]));
      // With a total size that fits, so that what comes after it is looked at.
      const spliced = Uint8Array.from([...head.subarray(0, 40), ...tail.subarray(to % 40)]);
      new DataView(spliced.buffer).setUint32(4, spliced.length);
      survives(spliced);
    }),
    { numRuns: 300 },
  );
});
