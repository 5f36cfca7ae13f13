// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  addressPattern,
  constantPattern,
  explainWord,
  noisePattern,
  wordAt,
} from '../../../lib/probe/patterns.ts';

test('a word of the address pattern tells its offset and seed', () => {
  expect(wordAt(addressPattern(0x1234_5678), 0x2008)).toBe(0x1234_5678_0000_2008n);
});

test('the noise pattern is SplitMix64', () => {
  // The generator's published first output for the seed 1234567 (Vigna, splitmix64.c).
  expect(wordAt(noisePattern(1234567), 0)).toBe(6457827717110365317n);
});

test('a word of another page says which page it is', () => {
  const pattern = addressPattern(0x77);

  expect(explainWord(pattern, wordAt(pattern, 0x3010))).toBe('the word of offset 0x3010');
  expect(explainWord(pattern, 0n)).toBe('zero, as memory that nobody wrote');
  expect(explainWord(pattern, 0x1234n)).toBeUndefined();
});

test('a constant is the same everywhere', () => {
  expect(wordAt(constantPattern(5n), 8)).toBe(wordAt(constantPattern(5n), 0x1000));
});

test('a pattern without a seed has the seed of the run', () => {
  expect(addressPattern().seed).toBe(BigInt(process.env['CROSSPAGE_SEED'] ?? ''));
  expect(noisePattern()).toEqual(noisePattern(addressPattern().seed));
});
