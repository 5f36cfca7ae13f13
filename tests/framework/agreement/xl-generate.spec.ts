// SPDX-License-Identifier: Apache-2.0
// Generated files of xl, right ones and wrong ones: lint says of them what they were made to be. What
// xl and Xen make of them is measured by `npm run agreement -- --kind xl`.
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { importTexts } from '../../../lib/agreement/configuration-files.ts';
import { Random } from '../../../lib/agreement/random.ts';
import { drawXl, generateXl, xlMistakes } from '../../../lib/agreement/xl-generate.ts';
import type { XlMistake } from '../../../lib/agreement/xl-mistake.ts';
import { lint } from '../../../lib/lint/lint.ts';
import { portedTarget } from '../lint/generated.ts';

/** What a window that dom0 has otherwise is warned of, and works. */
const harmless = ['attributes-differ'];

function rulesIn(seed: number, mistake: XlMistake | undefined): string[] {
  const { texts } = drawXl(new Random(`${seed}`), mistake);
  const findings = lint({ target: portedTarget, ...importTexts(texts) });
  return findings.map(({ rule }) => rule).filter((rule) => !harmless.includes(rule));
}

test('the same seed and number make the same files, others others', () => {
  expect(generateXl('a', 5)).toEqual(generateXl('a', 5));
  expect(generateXl('a', 4).texts).not.toEqual(generateXl('b', 4).texts);
});

test('one in four is right, each mistake comes as often as any other, and some can be chosen', () => {
  const count = Math.ceil((4 * xlMistakes.length) / 3);
  const all = Array.from({ length: count }, (_unused, index) => generateXl('a', index).mistake);
  expect(all.filter((_one, index) => index % 4 === 0).every((one) => one === undefined)).toBe(true);
  const wrong = all.flatMap((one) => (one === undefined ? [] : [one.mistake]));
  expect(wrong.toSorted()).toEqual(xlMistakes.map(({ mistake }) => mistake).toSorted());
  expect(generateXl('a', 0, ['a size of 0']).mistake?.mistake).toBe('a size of 0');
});

test('mistakes have names of their own', () => {
  const names = xlMistakes.map(({ mistake }) => mistake);
  expect(new Set(names).size).toBe(names.length);
});

test('nothing is found in files that are right', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      expect(rulesIn(seed, undefined)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

for (const mistake of xlMistakes) {
  const { rule, besides = [] } = mistake;
  test(`${mistake.mistake}: ${rule === undefined ? 'nothing is found' : `found by ${rule}, and nothing else is`}`, () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rules = rulesIn(seed, mistake);
        const others = rules.filter((one) => one !== rule && !besides.some((two) => two === one));
        const found = rule === undefined || harmless.includes(rule) || rules.includes(rule);
        expect({ others, found }).toEqual({ others: [], found: true });
      }),
      { numRuns: 10 },
    );
  });
}
