// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Observation } from '../../../lib/bisect/observation.ts';
import { ObservationStore } from '../../../lib/bisect/store.ts';
import { SmallRepository } from './small-repository.ts';
import { runCli } from '../cli/run-cli.ts';
import { lessMemory } from './small-ends.ts';

const shows = (message: string): Observation => ({
  faults: [{ assertion: 'it works', message }],
  present: [],
  tookMs: 1,
});

test('who believes nothing forgets what is run anew, and nothing of other bisections', ({}, {
  outputDir,
}) => {
  const file = join(outputDir, 'known.json');
  const before = new ObservationStore(file);
  for (const key of ['mine', 'mine', 'of others', 'not asked about'])
    before.add(key, shows('before'));

  const fresh = new ObservationStore(file, true);
  expect(fresh.of('mine')).toEqual([]);
  fresh.add('mine', shows('anew'));

  expect(fresh.of('mine')).toEqual([shows('anew')]);
  const after = new ObservationStore(file);
  expect(after.of('mine')).toEqual([shows('anew')]);
  expect(after.of('of others')).toEqual([shows('before')]);
  expect(after.of('not asked about')).toEqual([shows('before')]);
});

test('two bisections with one file lose nothing of what the other adds', ({}, { outputDir }) => {
  const file = join(outputDir, 'known.json');
  const one = new ObservationStore(file);
  const other = new ObservationStore(file);

  one.add('of both', shows('one'));
  other.add('of both', shows('other'));
  other.add('of the other', shows('other'));
  one.add('of the one', shows('one'));

  const after = new ObservationStore(file);
  expect(after.of('of both')).toEqual([shows('one'), shows('other')]);
  expect(after.of('of the other')).toEqual([shows('other')]);
  expect(after.of('of the one')).toEqual([shows('one')]);
});

test('over a history too nothing is believed of what an earlier run has shown', async ({}, {
  outputDir,
}) => {
  test.setTimeout(120_000);
  const guest = (memory: number, vcpus: number): string =>
    `name = "radar"\nmemory = ${memory}\nvcpus = ${vcpus}\n`;
  const { directory } = new SmallRepository(
    join(outputDir, 'conf'),
    [guest(64, 1), guest(64, 2), guest(128, 4)],
    'radar.cfg',
  );
  const command = [
    ...['bisect', 'config', '--repository', directory, '--good', 'HEAD~2', '--bad', 'HEAD'],
    ...['--directory', join(outputDir, 'state'), '--test-command', lessMemory, '--format', 'json'],
  ];
  const known = async (...more: string[]): Promise<number> => {
    const { stdout, stderr } = await runCli([...command, ...more]);
    expect(stderr).not.toContain('fault');
    return (JSON.parse(stdout) as { runs: { all: { known: number } } }).runs.all.known;
  };

  const first = await known();
  const again = await known();
  const fresh = await known('--fresh');

  // The ends, which the history ran in the same bisection.
  expect(first).toBe(6);
  expect(again).toBeGreaterThan(first);
  expect(fresh).toBe(first);
});
