// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { dropLeastUsed, dropUnlessUsed, markUsed } from '../../../lib/host/least-used.ts';

const hour = 3_600_000;
const keeping = { newest: 1, graceMs: hour, names: /^kept-\w+/ };

/** Makes directories that were used so many hours ago. */
function make(directory: string, hoursAgo: Readonly<Record<string, number>>): void {
  for (const [name, hours] of Object.entries(hoursAgo)) {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'content'), name);
    const used = new Date(Date.now() - hours * hour);
    utimesSync(path, used, used);
  }
}

test('the oldest go, the newest and what was used lately stay', async ({}, { outputDir }) => {
  make(outputDir, { 'kept-a': 0.1, 'kept-b': 0.5, 'kept-c': 2, 'kept-d': 3, other: 9 });

  const gone = await dropLeastUsed(outputDir, keeping);

  expect(gone).toEqual(['kept-c', 'kept-d'].map((name) => join(outputDir, name)));
  expect(readdirSync(outputDir).sort()).toEqual(['kept-a', 'kept-b', 'other']);
});

test('what was left unfinished goes, however few there are', async ({}, { outputDir }) => {
  make(outputDir, { 'kept-a.partial': 2, 'kept-b.partial': 0.5, 'kept-c.gone-1234': 2 });

  await dropLeastUsed(outputDir, keeping);

  expect(readdirSync(outputDir)).toEqual(['kept-b.partial']);
});

test('what is marked stays', async ({}, { outputDir }) => {
  make(outputDir, { 'kept-a': 2, 'kept-b': 3, 'kept-c': 4 });
  await markUsed(join(outputDir, 'kept-c'));

  await dropLeastUsed(outputDir, keeping);

  expect(readdirSync(outputDir)).toEqual(['kept-c']);
  await markUsed(join(outputDir, 'nowhere'));
  expect(existsSync(join(outputDir, 'nowhere'))).toBe(false);
});

test('what was used after it was looked at is put back', async ({}, { outputDir }) => {
  make(outputDir, { 'kept-a': 2, 'kept-b': 0 });
  const limitMs = Date.now() - hour;

  expect(await dropUnlessUsed(join(outputDir, 'kept-a'), limitMs)).toBe(true);
  expect(await dropUnlessUsed(join(outputDir, 'kept-b'), limitMs)).toBe(false);
  expect(await dropUnlessUsed(join(outputDir, 'nowhere'), limitMs)).toBe(false);

  expect(readdirSync(outputDir)).toEqual(['kept-b']);
  expect(readdirSync(join(outputDir, 'kept-b'))).toEqual(['content']);
});
