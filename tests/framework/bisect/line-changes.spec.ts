// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import type { Change } from '../../../lib/bisect/change.ts';
import { compareLines, differingLines } from '../../../lib/bisect/line-changes.ts';
import type { SourceText } from '../../../lib/support/source-text.ts';

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

test('a line end that the last line has or lacks is told as a diff tells it', () => {
  const text = (file: string, lines: string): SourceText => ({ file, text: lines });
  const changes: Change[] = [];
  compareLines(text('good', 'a\nb\nc'), text('bad', 'a\nx\nc\n'), changes);

  expect(changes.map(({ hunk }) => hunk?.slice(2))).toEqual([
    ['@@ -2 +2 @@', '-b', '+x'],
    ['@@ -3 +3 @@', '-c', '\\ No newline at end of file', '+c'],
  ]);
});
