// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { FailureModel } from '../../../lib/bisect/sequential-test.ts';
import { randomFrom } from './fake-between.ts';

const never = { failed: 0, passed: 3 };

test('one run shows that something is bad, where the bad end always is; several that it is not', () => {
  const model = new FailureModel({ failed: 6, passed: 0 }, never);

  expect(model.verdict({ failed: 1, passed: 0 })).toBe('bad');
  expect(model.verdict({ failed: 0, passed: 1 })).toBeUndefined();
  expect(model.verdict({ failed: 0, passed: 3 })).toBe('good');
});

test('what fails seldom, and what was seen seldom, takes more passed runs to be excluded', () => {
  const passedFor = (failed: number, passed: number): number => {
    const model = new FailureModel({ failed, passed }, never);
    let runs = 1;
    while (model.verdict({ failed: 0, passed: runs }) === undefined) runs++;
    return runs;
  };

  expect(passedFor(3, 0)).toBeGreaterThan(passedFor(9, 0));
  expect(passedFor(6, 6)).toBeGreaterThan(passedFor(12, 0));
  expect(passedFor(3, 9)).toBeGreaterThan(passedFor(6, 6));
  // A rate that is known exactly: log(0.01) / log(1 - 0.5) = 6.6.
  expect(passedFor(5000, 5000)).toBe(7);
});

test('a good end that fails too makes more failures show that something is bad', () => {
  const bad = { failed: 12, passed: 0 };
  const one = { failed: 1, passed: 0 };

  expect(new FailureModel(bad, { failed: 0, passed: 12 }).verdict(one)).toBe('bad');
  expect(new FailureModel(bad, { failed: 1, passed: 11 }).verdict(one)).toBeUndefined();
});

test('the confidence is the share of those that are good, of all that came out so', () => {
  // Failure rates are as the model believes before the first run: each as likely as any other.
  const random = randomFrom(1);
  const [seen, runs] = [4, 3];
  let [bad, good] = [0, 0];
  for (let round = 0; round < 200_000; round++) {
    const rate = random();
    const fails = (): boolean => random() < rate;
    if (!Array.from({ length: seen }, fails).every(Boolean)) continue;
    good++;
    if (!Array.from({ length: runs }, fails).some(Boolean)) bad++;
  }
  const model = new FailureModel({ failed: seen, passed: 0 }, never);

  // A good one passes three runs nearly always: 0.995 to the third.
  const share = good / (good + bad);
  expect(model.confidence({ failed: 0, passed: runs })).toBeCloseTo(share, 2);
});
