// SPDX-License-Identifier: Apache-2.0
// Bad ends that fail now and then, simulated: is the answer the smallest one all the same?
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { bisect, type BisectResult } from '../../../lib/bisect/bisection.ts';
import { MisuseError } from '../../../lib/support/errors.ts';
import { fakeBetween, randomFrom, Remembered } from './fake-between.ts';

const reads = 'mailbox: b reads what a writes';

/** A system that fails in this share of its runs when it has all changes of one of the causes. */
interface Flaky {
  readonly count: number;
  readonly causes: readonly (readonly number[])[];
  readonly rate: number;
  readonly seed: number;
}

/** What a bisection makes of it; undefined where its bad end was never seen to fail. */
async function bisected({
  count,
  causes,
  rate,
  seed,
}: Flaky): Promise<{ result: BisectResult; runs: number } | undefined> {
  const random = randomFrom(seed);
  const { between, ran } = fakeBetween(count, (changes) =>
    causes.some((cause) => cause.every((one) => changes.includes(one))) && random() < rate
      ? [reads]
      : [],
  );
  try {
    const result = await bisect({
      between,
      question: { expected: [], tests: [] },
      store: new Remembered(),
      names: { good: 'good end', bad: 'bad end' },
    });
    return { result, runs: ran.length };
  } catch (error) {
    if (error instanceof MisuseError) return undefined;
    throw error;
  }
}

const flaky = fc
  .record({
    count: fc.integer({ min: 3, max: 24 }),
    rate: fc.double({ min: 0.2, max: 1, noNaN: true }),
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
    guilty: fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 3 }),
    separate: fc.boolean(),
  })
  .map(({ count, guilty, separate, ...rest }) => {
    const numbers = [...new Set(guilty.map((one) => one % count))].sort((a, b) => a - b);
    return { ...rest, count, causes: separate ? numbers.map((one) => [one]) : [numbers] };
  });

test('what is told to break it does, and no claim is less sure than it is said to be', async () => {
  await fc.assert(
    fc.asyncProperty(flaky, async (system) => {
      const known = await bisected(system);
      if (known === undefined) return;
      const { causes, innocence, others } = known.result;
      for (const { changes, tally, needed } of causes) {
        // A run has failed with nothing but these changes: that cannot be by chance.
        expect(system.causes.some((cause) => cause.every((one) => changes.includes(one)))).toBe(
          true,
        );
        expect(tally.failed).toBeGreaterThan(0);
        expect(needed).toHaveLength(changes.length);
        for (const { verdict, confidence } of needed)
          if (verdict === 'good') expect(confidence).toBeGreaterThan(0.98);
      }
      if (others === 'good') expect(innocence.confidence).toBeGreaterThan(0.98);
    }),
    { numRuns: 300, seed: 6 },
  );
});

for (const rate of [0.2, 0.35, 0.5, 0.7, 0.9, 0.97, 1])
  test(`the answer is minimal and whole where the bad end fails in ${100 * rate} % of its runs`, async () => {
    const systems = fc.sample(flaky, { numRuns: 150, seed: 11 });
    let [right, wrong, runs] = [0, 0, 0];
    for (const system of systems) {
      const known = await bisected({ ...system, rate });
      if (known === undefined) continue;
      const found = known.result.causes.map(({ changes }) => changes.join()).sort();
      if (
        found.join(' ') ===
        system.causes
          .map((cause) => cause.join())
          .sort()
          .join(' ')
      )
        right++;
      else wrong++;
      runs += known.runs;
    }
    test.info().annotations.push({
      type: 'measured',
      description: `${wrong} of ${right + wrong} wrong, ${(runs / (right + wrong)).toFixed(0)} runs each`,
    });

    // An answer rests upon up to four claims, each of which may be wrong in one of a hundred.
    expect(wrong).toBeLessThanOrEqual(rate === 1 ? 0 : 0.04 * (right + wrong));
    expect(right).toBeGreaterThan(rate < 0.3 ? 120 : 140);
  });
