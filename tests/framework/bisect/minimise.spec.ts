// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import {
  type Ask,
  closed,
  findCauses,
  findRequirements,
  minimise,
  type Requirements,
  type StepVerdict,
} from '../../../lib/bisect/minimise.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_unused, index) => index);
const free = (count: number): Requirements => upTo(count).map(() => []);
const has = (set: readonly number[], wanted: readonly number[]): boolean =>
  wanted.every((one) => set.includes(one));

/** Counts what is asked, each set once: as a store of results does. */
function counting(answer: (set: readonly number[]) => StepVerdict): {
  ask: Ask;
  asked: () => number;
} {
  const known = new Map<string, StepVerdict>();
  const ask: Ask = (set) => {
    const key = set.join();
    const verdict = known.get(key) ?? answer(set);
    known.set(key, verdict);
    return Promise.resolve(verdict);
  };
  return { ask, asked: () => known.size };
}

const guilty = (count: number, most: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { minLength: 1, maxLength: most });

test('changes that fail only together are found, all of them and no other', async () => {
  await fc.assert(
    fc.asyncProperty(guilty(64, 5), async (wanted) => {
      const { ask } = counting((set) => (has(set, wanted) ? 'bad' : 'good'));
      expect(await minimise(upTo(64), free(64), { ask })).toEqual(wanted.toSorted((a, b) => a - b));
    }),
  );
});

test('one guilty change of 64 takes no more than 6 questions, and k of them k·(6 + 2)', async () => {
  await fc.assert(
    fc.asyncProperty(guilty(64, 4), async (wanted) => {
      const { ask, asked } = counting((set) => (has(set, wanted) ? 'bad' : 'good'));
      await minimise(upTo(64), free(64), { ask });
      // The last round asks once more whether what was found is enough.
      expect(asked()).toBeLessThanOrEqual(wanted.length === 1 ? 7 : wanted.length * 8);
    }),
  );
});

test('of an oracle of any kind, what is found is bad, and nothing of it can be left out', async () => {
  const count = 10;
  // Any answer for any set: neither monotone nor of one piece.
  const verdicts = fc.array(fc.constantFrom<StepVerdict>('good', 'bad', 'unresolved'), {
    minLength: 200,
    maxLength: 200,
  });
  await fc.assert(
    fc.asyncProperty(verdicts, async (stream) => {
      const answers = new Map<string, StepVerdict>([
        ['', 'good'],
        [upTo(count).join(), 'bad'],
      ]);
      const ask: Ask = (set) => {
        const answer = answers.get(set.join()) ?? stream[answers.size % 200] ?? 'good';
        answers.set(set.join(), answer);
        return Promise.resolve(answer);
      };
      const found = await minimise(upTo(count), free(count), { ask });
      expect(answers.get(found.join())).toBe('bad');
      for (const one of found)
        expect(await ask(found.filter((other) => other !== one))).not.toBe('bad');
    }),
  );
});

test('where some sets cannot be tried, what is found is still enough', async () => {
  await fc.assert(
    fc.asyncProperty(guilty(32, 3), guilty(32, 3), async (wanted, spoilt) => {
      const { ask } = counting((set) => {
        const split = spoilt.some((one) => set.includes(one)) && !has(set, spoilt);
        if (split) return 'unresolved';
        return has(set, wanted) ? 'bad' : 'good';
      });
      const found = await minimise(upTo(32), free(32), { ask });
      expect(has(found, wanted)).toBe(true);
      expect(await ask(found)).toBe('bad');
    }),
  );
});

test('what cannot be without another comes with it', async () => {
  // A change may require any that are numbered lower or higher: circles too.
  const requirements = fc.array(fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 2 }), {
    minLength: 16,
    maxLength: 16,
  });
  await fc.assert(
    fc.asyncProperty(requirements, guilty(16, 3), async (requires, wanted) => {
      const asked: (readonly number[])[] = [];
      const ask: Ask = (set) => {
        asked.push(set);
        return Promise.resolve(has(set, wanted) ? 'bad' : 'good');
      };
      const found = await minimise(upTo(16), requires, { ask });
      expect(found).toEqual(closed(wanted, requires));
      for (const set of asked) expect(set).toEqual(closed(set, requires));
    }),
  );
});

test('what goes together is found by whether it can exist', async () => {
  const exists = (set: readonly number[]): boolean =>
    set.includes(2) === set.includes(5) && (!set.includes(7) || set.includes(1));

  expect(await findRequirements(8, exists)).toEqual([[], [], [5], [], [], [2], [], [1]]);
});

test('causes that are each enough are all found, and that the others are good', async () => {
  await fc.assert(
    fc.asyncProperty(guilty(48, 4), async (wanted) => {
      const { ask } = counting((set) => (wanted.some((one) => set.includes(one)) ? 'bad' : 'good'));
      const { causes, others } = await findCauses(48, free(48), { ask });
      expect(causes.flatMap(({ changes }) => changes).sort((a, b) => a - b)).toEqual(
        wanted.toSorted((a, b) => a - b),
      );
      expect(others).toBe('good');
    }),
  );
});

test('how far it has come goes from all to none', async () => {
  const left: number[] = [];
  await minimise(
    upTo(64),
    free(64),
    { ask: (set) => Promise.resolve(set.includes(9) ? 'bad' : 'good') },
    (progress) => left.push(progress.left),
  );
  expect(left).toEqual([64, 32, 16, 8, 4, 2, 0]);
});
