// SPDX-License-Identifier: Apache-2.0
// Lint agrees with xl and Xen on a sample, in one dom0: all of it is `npm run agreement -- --kind xl`.
import { expect, test } from '@playwright/test';
import { compare, type Compared } from '../../../lib/agreement/agreement.ts';
import { disagrees } from '../../../lib/agreement/judge.ts';
import { Random } from '../../../lib/agreement/random.ts';
import { drawXl, xlMistakes } from '../../../lib/agreement/xl-generate.ts';
import { XlObserver } from '../../../lib/agreement/xl-observer.ts';
import { boardWith } from '../boot/boards.ts';
import { portedTarget } from '../lint/generated.ts';

/** Right ones, what only looks wrong, what xl does not read, what libxl or Xen refuses. */
const sample = [
  undefined,
  'a begin that is no number',
  'a part that ends behind the owner’s region',
  'a window of RAM that is not reserved',
  'two domains that borrow of each other',
  'a role in capital letters',
  'a window over the RAM',
];

test('what is said of files is what comes of them, one after the other in one dom0', async ({}, {
  outputDir,
}) => {
  test.setTimeout(300_000);
  const options = { board: boardWith(), flavour: 'shared-memory', seed: 'a' };
  const observer = new XlObserver(options, outputDir);
  const all: Compared[] = [];
  try {
    for (const [index, name] of sample.entries()) {
      const mistake = xlMistakes.find((one) => one.mistake === name);
      expect(mistake?.mistake).toBe(name);
      const drawn = drawXl(new Random('b'), mistake);
      const { files, observation } = await observer.try(drawn, `${outputDir}/${index}`);
      const result = { index, seed: 'b', subject: '', mistake: name, files, observation };
      all.push(compare(result, portedTarget));
    }
  } finally {
    await observer.dispose();
  }
  const told = all.map(({ result, judged }) => ({
    ...{ mistake: result.mistake, agreement: judged.agreement },
    fault: disagrees(judged.agreement) ? result.observation.faults[0] : undefined,
  }));
  const works = { fault: undefined, agreement: 'right' };
  const hit = { fault: undefined, agreement: 'hit' };
  expect(told).toEqual([
    { mistake: sample[0], ...works },
    { mistake: sample[1], ...hit },
    { mistake: sample[2], ...hit },
    { mistake: sample[3], ...hit },
    { mistake: sample[4], ...hit },
    { mistake: sample[5], ...works },
    { mistake: sample[6], fault: undefined, agreement: expect.stringMatching(/^(?:hit|quiet)$/) },
  ]);
});
