// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { allMutants, chooseMutants } from '../../../lib/mutants/mutant.ts';
import { sampleOf } from '../../../lib/mutants/sample.ts';
import { failureOf } from '../images/failure-of.ts';

const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 40 });

test('a sample has its size, keeps the order, and is the same for the same seed', () => {
  fc.assert(
    fc.property(names, fc.nat(50), fc.string(), (all, count, seed) => {
      const sample = sampleOf(all, count, seed);
      expect(sample).toHaveLength(Math.min(count, all.length));
      expect(sample).toEqual(all.filter((name) => sample.includes(name)));
      expect(sampleOf(all, count, seed)).toEqual(sample);
    }),
  );
});

test('other seeds pick other mutants', () => {
  const all = Array.from({ length: 40 }, (_, index) => `mutant-${index}`);
  const samples = new Set(['a', 'b', 'c', 'd'].map((seed) => sampleOf(all, 5, seed).join()));

  expect(samples.size).toBeGreaterThan(1);
});

test('a mutant that is added changes a sample by one at most', () => {
  fc.assert(
    fc.property(names, fc.nat(40), fc.string(), ([added = '', ...all], count, seed) => {
      const before = sampleOf(all, count, seed);
      const gone = before.filter((name) => !sampleOf([added, ...all], count, seed).includes(name));
      expect(gone.length).toBeLessThanOrEqual(1);
    }),
  );
});

test('mutants are chosen by name and by kind, in the order of the list', () => {
  const all = allMutants();
  const chosen = chooseMutants(all, ['console', 'tree-wrong-id']);

  expect(chosen[0]?.name).toBe('tree-wrong-id');
  expect(new Set(chosen.slice(1).map(({ kind }) => kind))).toEqual(new Set(['console']));
  expect(chooseMutants(all, [])).toEqual(all);
});

test('a name that no mutant has is an error that tells those there are', async () => {
  const error = await failureOf(() => chooseMutants(allMutants(), ['tree-wrong-idd']));

  expect(error.fault).toBe('misuse');
  expect(error.message).toContain('mutants: no mutant is called tree-wrong-idd\n');
  expect(error.message).toContain('borrower-read-only');
});
