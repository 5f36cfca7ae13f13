// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Change } from '../../../lib/bisect/change.ts';
import { compareLines, differingLines } from '../../../lib/bisect/line-changes.ts';

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

for (const [what, good, bad] of [
  ['lines end with CR LF', 'a\r\nb\r\nc\r\n', 'a\r\nx\r\nc\r\n'],
  ['only the end of a line differs', 'a\r\nb\r\n', 'a\nb\r\n'],
  ['the last line has no end', 'a\nb', 'a\nx'],
  ['the end of the last line is gone', 'a\nb\n', 'a\nb'],
  ['lines are added behind one without an end', 'a\nb', 'a\nb\nc\n'],
] as const)
  test(`a change is a diff that patch(1) takes where ${what}`, ({}, { outputDir }) => {
    mkdirSync(outputDir, { recursive: true });
    const [file, diff] = [join(outputDir, 'file'), join(outputDir, 'diff')];
    const changes: Change[] = [];
    compareLines({ file: 'good', text: good }, { file: 'bad', text: bad }, changes);
    writeFileSync(file, good);

    for (const { hunk = [] } of changes) {
      writeFileSync(diff, `${hunk.join('\n')}\n`);
      execFileSync('patch', ['--binary', '--silent', file, diff]);
    }

    expect(readFileSync(file, 'utf8')).toBe(bad);
  });
