// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { differingLines } from '../../../lib/bisect/line-changes.ts';

test('what two texts have in common before and behind costs nothing', () => {
  const good = Array.from({ length: 50_000 }, (_, line) => `${line % 7}\n`);
  const bad = good.with(20_000, 'another\n');

  expect(differingLines(good, [...good, 'more\n'])).toEqual([
    { good: [50_000, 50_000], bad: [50_000, 50_001] },
  ]);
  expect(differingLines(good, bad)).toEqual([{ good: [20_000, 20_001], bad: [20_000, 20_001] }]);
});

test('texts of which too much differs are one change', () => {
  const good = Array.from({ length: 3000 }, (_, line) => `good ${line}\n`);
  const bad = Array.from({ length: 3000 }, (_, line) => `bad ${line}\n`);

  expect(differingLines(good, bad)).toEqual([{ good: [0, 3000], bad: [0, 3000] }]);
});
