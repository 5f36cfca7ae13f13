// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { bisect, type BisectOptions, type BisectResult } from '../../../lib/bisect/bisection.ts';
import { cannotBeTried } from '../../../lib/bisect/observation.ts';
import { ObservationStore } from '../../../lib/bisect/store.ts';
import { EnvironmentError, messageOf } from '../../../lib/support/errors.ts';
import { fakeBetween, type Show } from './fake-between.ts';

const reads = 'mailbox: b reads what a writes';

const run = (
  outputDir: string,
  between: BisectOptions['between'],
  question: Partial<BisectOptions['question']> = {},
): Promise<BisectResult> =>
  bisect({
    between,
    question: { expected: [], tests: [], ...question },
    store: new ObservationStore(join(outputDir, 'known.json')),
    names: { good: 'good end', bad: 'bad end' },
  });

const failsWith =
  (...guilty: number[]): Show =>
  (changes) =>
    guilty.every((one) => changes.includes(one)) ? [reads] : [];

test('the change that breaks it is found, and what fails with nothing else changed', async ({}, {
  outputDir,
}) => {
  const { between, ran } = fakeBetween(64, failsWith(42));

  const result = await run(outputDir, between);

  expect(result.causes).toMatchObject([
    { changes: [42], faults: [{ assertion: reads, message: 'seen' }], tally: { failed: 3 } },
  ]);
  expect(result.others).toBe('good');
  // Three of each end, six halvings; the change alone and all others, three times each.
  expect(ran.length).toBeLessThanOrEqual(3 + 3 + 6 + 3 + 3);
});

test('a second time nothing is run', async ({}, { outputDir }) => {
  await run(outputDir, fakeBetween(16, failsWith(3, 9)).between);
  const { between, ran } = fakeBetween(16, failsWith(3, 9));

  const { causes } = await run(outputDir, between);

  expect(causes.map(({ changes }) => changes)).toEqual([[3, 9]]);
  expect(ran).toEqual([]);
});

test('what was interrupted goes on where it was', async ({}, { outputDir }) => {
  let left = 9;
  const interrupted = fakeBetween(64, (changes, count) => {
    if (left-- === 0) throw new Error('Ctrl-C');
    return failsWith(42)(changes, count);
  });
  await expect(run(outputDir, interrupted.between)).rejects.toThrow('Ctrl-C');
  const { between, ran } = fakeBetween(64, failsWith(42));

  await run(outputDir, between);

  expect(interrupted.ran.length - 1 + ran.length).toBeLessThanOrEqual(18);
});

test('a good end that is bad is refused with what fails', async ({}, { outputDir }) => {
  const { between } = fakeBetween(4, () => [reads]);

  await expect(run(outputDir, between)).rejects.toThrow(
    /good end: is not good: it failed 3 of 3 times\n {2}last seen: not so: mailbox: b reads/,
  );
});

test('an end that is refused for what an earlier bisection saw is told as that', async ({}, {
  outputDir,
}) => {
  const { between, ran } = fakeBetween(4, () => [reads]);
  const refusal = (): Promise<string> => run(outputDir, between).then(() => '', messageOf);

  expect(await refusal()).not.toContain('--fresh');
  expect(await refusal()).toContain('; that was seen by an earlier bisection: --fresh looks again');
  expect(ran).toHaveLength(3);
});

test('a bad end that is good is refused, after more runs than show what fails seldom', async ({}, {
  outputDir,
}) => {
  const { between } = fakeBetween(4, () => []);

  await expect(run(outputDir, between)).rejects.toThrow(
    'bad end: is not bad: it passed 12 of 12 times',
  );
});

test('what fails in another way than the bad end is not taken for it', async ({}, {
  outputDir,
}) => {
  // Half of the changes without the other half do not even boot.
  const { between } = fakeBetween(16, (changes) => {
    if (changes.includes(2) !== changes.includes(12)) return ['the system comes up (panic)'];
    return failsWith(5)(changes, 0);
  });

  const { causes, others } = await run(outputDir, between);

  expect(causes[0]?.changes).toContain(5);
  expect(causes).toHaveLength(1);
  expect(others).not.toBe('bad');
});

test('changes that go together are one step, and what cannot be is not run', async ({}, {
  outputDir,
}) => {
  const { between, ran } = fakeBetween(
    16,
    failsWith(12),
    (changes) => changes.includes(2) === changes.includes(12),
  );

  const { causes } = await run(outputDir, between);

  expect(causes.map(({ changes }) => changes)).toEqual([[2, 12]]);
  for (const key of ran) expect(key.split(',').includes('2')).toBe(key.split(',').includes('12'));
});

test('a cause that hides another is told with it', async ({}, { outputDir }) => {
  const { between } = fakeBetween(16, (changes) => {
    if (changes.includes(3)) return ['the system comes up (panic)'];
    return failsWith(11)(changes, 0);
  });

  const { causes, others } = await run(outputDir, between);

  expect(causes).toMatchObject([
    { changes: [3], faults: [{ assertion: 'the system comes up (panic)', message: 'seen' }] },
    { changes: [11], faults: [{ assertion: reads, message: 'seen' }] },
  ]);
  expect(others).toBe('good');
});

test('what cannot be tried is no cause, and nothing that was hidden', async ({}, { outputDir }) => {
  const { between } = fakeBetween(16, (changes) => {
    if (changes.includes(3)) return [reads];
    return changes.includes(11) ? [cannotBeTried] : [];
  });

  const { causes, others } = await run(outputDir, between);

  expect(causes.map(({ changes }) => changes)).toEqual([[3]]);
  expect(others).toBe('unresolved');
});

test('an end of which the test says nothing is refused, also from what is known', async ({}, {
  outputDir,
}) => {
  const untried: Show = (changes) => (changes.length === 4 ? [cannotBeTried] : []);
  for (const time of ['first', 'again'])
    await expect(run(outputDir, fakeBetween(4, untried).between), time).rejects.toThrow(
      'bad end: cannot be tried: seen',
    );
});

test('an end that is bad now and then makes each step run until it is decided', async ({}, {
  outputDir,
}) => {
  const { between, ran } = fakeBetween(16, (changes, count) =>
    changes.includes(6) && count % 2 === 1 ? [reads] : [],
  );

  const result = await run(outputDir, between);

  expect(result.causes.map(({ changes }) => changes)).toEqual([[6]]);
  expect(result.flaky).toBe(true);
  const innocent = ran.filter((key) => key !== '' && !key.split(',').includes('6'));
  expect(innocent.length / new Set(innocent).size).toBeGreaterThan(3);
});

test('only the test that is asked for counts', async ({}, { outputDir }) => {
  const { between } = fakeBetween(8, (changes) => [
    ...(changes.includes(1) ? ['log: b reads what a writes'] : []),
    ...(changes.includes(6) ? [reads] : []),
  ]);

  const { causes } = await run(outputDir, between, { tests: ['mailbox'] });

  expect(causes.map(({ changes }) => changes)).toEqual([[6]]);
});

test('a sharing that the good end has and the bad end has not is what fails', async ({}, {
  outputDir,
}) => {
  const { between } = fakeBetween(2, () => []);
  const gone = {
    ...between,
    mixture: (changes: readonly number[]) => {
      const inner = between.mixture(changes);
      return {
        ...inner,
        run: async () => ({
          ...(await inner.run()),
          present: changes.includes(1) ? [] : ['mailbox: a, b'],
        }),
      };
    },
  };

  const { causes } = await run(outputDir, gone, { expected: ['mailbox: a, b'] });

  expect(causes).toMatchObject([
    { changes: [1], faults: [{ assertion: 'mailbox: is shared as in the good end' }] },
  ]);
});

const spoilt = (): never => {
  throw new EnvironmentError({ who: 'board', what: 'is gone' });
};

test('a step that the environment spoils is tried again, and is neither good nor bad', async ({}, {
  outputDir,
}) => {
  const { between } = fakeBetween(16, (changes, count) =>
    changes.length === 8 && count < 2 ? spoilt() : failsWith(6)(changes, 0),
  );

  const result = await run(outputDir, between);

  expect(result.causes.map(({ changes }) => changes)).toEqual([[6]]);
  expect(result.runs.spoilt).toBe(2);
});

test('it stops with the reason when more than half of the runs are spoilt', async ({}, {
  outputDir,
}) => {
  const { between, ran } = fakeBetween(16, (changes) =>
    changes.length === 0 || changes.length === 16 ? failsWith(6)(changes, 0) : spoilt(),
  );

  await expect(run(outputDir, between)).rejects.toThrow(
    /bisect: stops: the environment spoilt 7 of 13 runs[^]*last seen: board: is gone/,
  );
  expect(ran).toHaveLength(13);
});

test('a disk that does not take what is known ends it, and what was known is whole', async ({}, {
  outputDir,
}) => {
  const place = join(outputDir, 'state');
  await run(place, fakeBetween(4, failsWith(1)).between);
  const store = new ObservationStore(join(place, 'known.json'));
  const before = readFileSync(join(place, 'known.json'), 'utf8');
  renameSync(place, join(outputDir, 'kept'));
  writeFileSync(place, 'no directory');
  const { between } = fakeBetween(5, failsWith(1));

  const bisection = bisect({
    between,
    question: { expected: [], tests: [] },
    store,
    names: { good: 'good end', bad: 'bad end' },
  });

  await expect(bisection).rejects.toThrow('what is known cannot be written');
  expect(readFileSync(join(outputDir, 'kept/known.json'), 'utf8')).toBe(before);
});

test('what is known and cannot be read is told with its file', ({}, { outputDir }) => {
  const file = join(outputDir, 'known.json');
  mkdirSync(outputDir, { recursive: true });
  writeFileSync(file, '{"schemaVersion": 1');

  expect(() => new ObservationStore(file)).toThrow(/bisect: what is known cannot be read/);
  expect(new ObservationStore(file, true).of('x')).toEqual([]);
});
