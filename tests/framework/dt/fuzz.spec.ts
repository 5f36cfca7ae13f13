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

test('arbitrary bytes are a blob or a BlobError', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 300 });
});

test('arbitrary tokens are a blob or a BlobError', () => {
  const token = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 9, 0x6100_0000), fc.nat(0xffff_ffff));
  const tokens = fc.array(token, { maxLength: 40 }).map((words) => [1, 0, ...words, 2, 9]);
  fc.assert(
    fc.property(tokens, (words) => {
      survives(blobOf(words, 'p\0'));
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
