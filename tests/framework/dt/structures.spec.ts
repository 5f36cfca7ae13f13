// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { BlobError, MAX_DEPTH, node, readBlob } from '../../../lib/dt/index.ts';
import type { DtNode } from '../../../lib/dt/index.ts';
import { blobOf, countReads } from './blobs.ts';

const [BEGIN, END_NODE, PROPERTY, NOP, END] = [1, 2, 3, 4, 9];
const [A, B] = [0x6100_0000, 0x6200_0000];
const around = (words: number[]): number[] => [BEGIN, 0].concat(words, END_NODE, END);
const root = (...words: number[]): number[] => around(words);
const child = (name: number, ...words: number[]): number[] => [BEGIN, name, ...words, END_NODE];
const rootNode = (words: number[]): DtNode => readBlob(blobOf(words, 'p\0q\0')).root;

test('tokens that say nothing are left out, wherever they stand', () => {
  const words = [NOP, ...root(NOP, PROPERTY, 0, 0, NOP, ...child(A, NOP), NOP), END];
  words.splice(-2, 1, NOP);
  expect(rootNode(words)).toEqual(node('', { p: true }, [node('a')]));
});

test('a property after a child node is malformed', () => {
  expect(() => rootNode(root(...child(A), PROPERTY, 0, 0))).toThrow(/a property follows a child/);
});

test('two nodes of one name are malformed, and the second is pointed at', () => {
  expect(() => rootNode(root(...child(A), ...child(B), ...child(A)))).toThrow(
    /two nodes are named a \(offset 0x58\)/,
  );
});

test('anything after the end token is malformed', () => {
  expect(() => rootNode([...root(), END])).toThrow(/follows the end token \(offset 0x48\)/);
});

test('a value is not padded to the next word at its end', () => {
  expect(rootNode(root(PROPERTY, 1, 0, 0x1200_0000, PROPERTY, 5, 2, 1, 0x0200_0000))).toEqual(
    node('', { p: Uint8Array.of(0x12), q: Uint8Array.of(0, 0, 0, 1, 2) }),
  );
});

test('nodes may be nested as deep as the limit, and not deeper', () => {
  const nested = (depth: number): number[] => [
    ...Array.from({ length: depth - 1 }, () => [BEGIN, A]).flat(),
    ...Array.from({ length: depth - 1 }, () => END_NODE),
  ];
  expect(rootNode(around(nested(MAX_DEPTH))).children).toHaveLength(1);
  expect(() => rootNode(around(nested(MAX_DEPTH + 1)))).toThrow(/nested deeper than 64/);
  expect(() => rootNode(around(nested(100_000)))).toThrow(BlobError);
});

test('a name that is longer than the limit is malformed', () => {
  const letters = Array.from({ length: 63 }, () => 0x6161_6161);
  expect(rootNode(root(...child(0x6161_6161, ...letters.slice(1), 0x6161_6100)))).toBeDefined();
  expect(() => rootNode(root(...child(0x6161_6161, ...letters, 0)))).toThrow(/within 256 bytes/);
});

test('a million tokens that say nothing are read once each', () => {
  const words = around(Array.from({ length: 1_000_000 }, () => NOP));
  const blob = blobOf(words, '');
  // The header's ten words and the structure's, but for the root's name, which is read as bytes.
  expect(countReads(() => readBlob(blob)).words).toBe(10 + words.length - 1);
});

test('properties that name each byte of one long string cost no more than the limit', () => {
  const count = 20_000;
  const words = around(Array.from({ length: count }, (_unused, at) => [PROPERTY, 0, at]).flat());
  const blob = blobOf(words, `${'a'.repeat(count)}\0`);
  const reads = countReads(() => {
    expect(() => readBlob(blob)).toThrow(/does not end within 256 bytes/);
  });
  expect(reads.bytes).toBeLessThanOrEqual(512);
});
