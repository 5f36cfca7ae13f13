// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { failureRates, mostRuns, SequentialTest } from '../../../lib/bisect/sequential-test.ts';

test('ends that always come out the same make one run decide', () => {
  const rates = failureRates({ failed: 0, runs: 3 }, { failed: 3, runs: 3 });

  expect(new SequentialTest(rates).add('failed')).toBe('bad');
  expect(new SequentialTest(rates).add('passed')).toBe('good');
});

test('a bad end that fails now and then takes several passed runs to be excluded', () => {
  const rates = failureRates({ failed: 0, runs: 12 }, { failed: 6, runs: 12 });
  const step = new SequentialTest(rates);
  const verdicts = Array.from({ length: 12 }, () => step.add('passed'));

  expect(verdicts.slice(0, 5)).toEqual(Array(5).fill(undefined));
  expect(verdicts).toContain('good');
});

test('the verdict is wrong in no more than one of a hundred, and comes within the budget', () => {
  // A linear congruential generator (Numerical Recipes): the same runs each time.
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const rates = failureRates({ failed: 0, runs: 12 }, { failed: 5, runs: 12 });
  const count = (share: number): Record<string, number> => {
    const seen = { good: 0, bad: 0, undecided: 0 };
    for (let round = 0; round < 2000; round++) {
      const step = new SequentialTest(rates);
      let verdict: 'good' | 'bad' | undefined;
      for (let run = 0; run < mostRuns && verdict === undefined; run++)
        verdict = step.add(random() < share ? 'failed' : 'passed');
      seen[verdict ?? 'undecided']++;
    }
    return seen;
  };

  const [truly, seldom] = [count(rates.bad), count(rates.good)];

  expect(truly['good']).toBeLessThan(40);
  expect(seldom['bad']).toBeLessThan(40);
  expect((truly['undecided'] ?? 0) + (seldom['undecided'] ?? 0)).toBeLessThan(10);
});

test('ends that cannot be told apart are refused', () => {
  expect(() => failureRates({ failed: 9, runs: 10 }, { failed: 1, runs: 10 })).toThrow(RangeError);
});
