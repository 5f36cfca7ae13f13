// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
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

test('who believes nothing forgets what is run anew, and nothing of other bisections', async ({}, {
  outputDir,
}) => {
  const file = join(outputDir, 'known.json');
  const before = new ObservationStore(file);
  for (const key of ['mine', 'mine', 'of others', 'not asked about'])
    await before.add(key, shows('before'));

  const fresh = new ObservationStore(file, true);
  expect(fresh.of('mine')).toEqual([]);
  await fresh.add('mine', shows('anew'));

  expect(fresh.of('mine')).toEqual([shows('anew')]);
  const after = new ObservationStore(file);
  expect(after.of('mine')).toEqual([shows('anew')]);
  expect(after.of('of others')).toEqual([shows('before')]);
  expect(after.of('not asked about')).toEqual([shows('before')]);
});

test('two bisections with one file lose nothing of what the other adds', async ({}, {
  outputDir,
}) => {
  const file = join(outputDir, 'known.json');
  const one = new ObservationStore(file);
  const other = new ObservationStore(file);

  await one.add('of both', shows('one'));
  await other.add('of both', shows('other'));
  await other.add('of the other', shows('other'));
  await one.add('of the one', shows('one'));

  const after = new ObservationStore(file);
  expect(after.of('of both')).toEqual([shows('one'), shows('other')]);
  expect(after.of('of the other')).toEqual([shows('other')]);
  expect(after.of('of the one')).toEqual([shows('one')]);
});

test('processes that add to one file in the same moment lose nothing', async ({}, {
  outputDir,
}) => {
  test.setTimeout(120_000);
  const file = join(outputDir, 'known.json');
  const each = 60;
  const adds = `
    import { ObservationStore } from '${import.meta.resolve('../../../lib/bisect/store.ts')}';
    const [file, own] = process.argv.slice(-2);
    const store = new ObservationStore(file);
    for (let message = 0; message < ${each}; message++)
      for (const key of ['of both', own])
        await store.add(key, {
          faults: [{ assertion: own, message: String(message) }], present: [], tookMs: 1,
        });
  `;
  const ends = await Promise.all(
    ['one', 'other'].map(async (own) => {
      const module = ['--import', 'tsx', '--input-type=module', '-e', adds];
      const child = spawn(process.execPath, [...module, '--', file, own], { stdio: 'inherit' });
      return (await once(child, 'exit')) as [number | null];
    }),
  );

  expect(ends.map(([code]) => code)).toEqual([0, 0]);
  const after = new ObservationStore(file);
  const messages = (of: readonly Observation[], assertion: string): (string | undefined)[] =>
    of
      .flatMap(({ faults }) => faults)
      .filter((fault) => fault.assertion === assertion)
      .map(({ message }) => message);
  const all = Array.from({ length: each }, (_unused, index) => String(index));
  for (const own of ['one', 'other']) {
    expect(messages(after.of(own), own)).toEqual(all);
    expect(messages(after.of('of both'), own)).toEqual(all);
  }
  expect(existsSync(`${file}.lock`)).toBe(false);
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
