// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { findTurn } from '../../../lib/bisect/history.ts';

test('the first bad state is found by halves', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 63 }), async (first) => {
      let asked = 0;
      const turn = await findTurn(64, (number) => {
        asked++;
        return Promise.resolve(number >= first ? 'bad' : 'good');
      });
      expect(turn).toEqual({ good: first - 1, bad: first });
      expect(asked).toBeLessThanOrEqual(6);
    }),
  );
});

test('what says nothing is passed over, and none that was good or bad is left between', async () => {
  const silent = fc.array(fc.boolean(), { minLength: 24, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 23 }), silent, async (first, quiet) => {
      const { good, bad } = await findTurn(24, (number) =>
        Promise.resolve(quiet[number] ? 'unresolved' : number >= first ? 'bad' : 'good'),
      );
      expect(good).toBeLessThan(first);
      expect(bad).toBeGreaterThanOrEqual(first);
      for (let number = good + 1; number < bad; number++) expect(quiet[number]).toBe(true);
    }),
  );
});

test('of a single state nothing is asked', async () => {
  await expect(findTurn(1, () => Promise.reject(new Error('asked')))).resolves.toEqual({
    good: -1,
    bad: 0,
  });
});
