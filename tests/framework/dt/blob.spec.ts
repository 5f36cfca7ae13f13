// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import {
  BlobError,
  deviceTree,
  equal,
  MAX_DEPTH,
  node,
  readBlob,
  writeBlob,
} from '../../../lib/dt/index.ts';
import type { DtNode } from '../../../lib/dt/index.ts';
import { MisuseError } from '../../../lib/support/errors.ts';
import { arbitraryTree } from './arbitrary.ts';
import { HEADER, patched, small } from './blobs.ts';

test('a tree that is written and read again is the same, in the same order', () => {
  fc.assert(
    fc.property(arbitraryTree, (tree) => {
      const again = readBlob(writeBlob(tree));
      assert.deepEqual(again, tree);
      assert.ok(equal(again, tree));
    }),
    { numRuns: 300 },
  );
});

test('the same tree gives the same bytes, whose header describes them', () => {
  const blob = writeBlob(small);
  const words = Array.from({ length: 10 }, (_unused, index) =>
    new DataView(blob.buffer).getUint32(4 * index),
  );
  const [, total = 0, structure = 0, strings = 0, , , , , stringsSize = 0, structureSize = 0] =
    words;

  expect(writeBlob(small)).toEqual(blob);
  expect(words).toEqual([0xd00dfeed, blob.length, 72, strings, 40, 17, 16, 3, 12, structureSize]);
  expect([structure + structureSize, strings + stringsSize]).toEqual([strings, total]);
  expect(new TextDecoder().decode(blob.subarray(strings))).toBe('model\0x-reg\0');
});

test('bytes after the total size are not looked at, and the result does not share memory', () => {
  const longer = new Uint8Array([...writeBlob(small), 1, 2, 3]);
  const tree = readBlob(longer);
  longer.fill(0xff);
  expect(tree).toEqual(small);
});

test('a blob may lie anywhere in its buffer', () => {
  const blob = writeBlob(small);
  const shifted = new Uint8Array(blob.length + 3);
  shifted.set(blob, 3);
  expect(readBlob(shifted.subarray(3))).toEqual(small);
});

test('version 16, whose header has no size of the structure block, is read', () => {
  expect(readBlob(patched({ [HEADER.version]: 16, [HEADER.structureSize]: 0xffff_ffff }))).toEqual(
    small,
  );
});

test('a later version is read if it says that it is compatible with 17', () => {
  expect(readBlob(patched({ [HEADER.version]: 18, [HEADER.lastCompatible]: 17 }))).toEqual(small);
});

const chain = (depth: number): DtNode =>
  depth === 1 ? node('n') : node('n', {}, [chain(depth - 1)]);

test('the deepest tree is written and read, one deeper is refused by both', () => {
  const deepest = deviceTree(node('', {}, [chain(MAX_DEPTH - 1)]));
  const blob = writeBlob(deepest);
  expect(readBlob(blob)).toEqual(deepest);

  const deeper = deviceTree(node('', {}, [chain(MAX_DEPTH)]));
  expect(() => writeBlob(deeper)).toThrow(/nested deeper than 64/);
});

const leaf = node('a');
const bad = { name: 'bad name', value: new Uint8Array(0) };
for (const [title, tree, message] of [
  ['a named root', { root: leaf }, /root is named a/],
  ['two children of one name', { root: { ...node(''), children: [leaf, leaf] } }, /named a/],
  ['a nameless child', { root: { ...node(''), children: [node('')] } }, /empty name/],
  ['a bad child', { root: { ...node(''), children: [{ ...leaf, name: 'a/b' }] } }, /"a\/b" is no/],
  ['a bad property', { root: { ...node(''), properties: [bad] } }, /"bad name" is no property/],
  ['an empty reservation', { reservations: [{ address: 1n, size: 0n }] }, /0 bytes at 1/],
  ['a wrapping one', { reservations: [{ address: 2n, size: (1n << 64n) - 1n }] }, /at 2 cannot/],
  ['a fractional boot CPU', { bootCpu: 0.5 }, /boot CPU: 0.5/],
] as const) {
  test(`${title} cannot be written`, () => {
    const write = (): Uint8Array => writeBlob({ ...deviceTree(node('')), ...tree });
    expect(write).toThrow(MisuseError);
    expect(write).toThrow(message);
  });
}

test('two properties of one name cannot be written, and the error names the path', () => {
  const twice = [1, 2].map((byte) => ({ name: 'p', value: Uint8Array.of(byte) }));
  const root = node('', {}, [node('a', {}, [{ ...node('b'), properties: twice }])]);
  expect(() => writeBlob(deviceTree(root))).toThrow(/node \/a\/b: two properties are named p/);
});

test('the error of a malformed blob is a misuse with its offset as a field and in hex', () => {
  try {
    readBlob(patched({ [HEADER.reservations]: 44 }));
    throw new Error('it was read');
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    expect(error).toBeInstanceOf(MisuseError);
    expect(error.offset).toBe(16);
    expect(error.name).toBe('BlobError');
    expect(error.message).toBe(
      'device tree blob: the memory reservation block is not aligned to 8 (offset 0x10)',
    );
  }
});
