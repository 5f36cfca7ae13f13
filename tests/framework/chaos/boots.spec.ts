// SPDX-License-Identifier: Apache-2.0
// Boots with which nothing is wrong, over and over: what is told and what is kept of them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { bootOften, type CleanBoot } from '../../../lib/chaos/boots.ts';

const well = { facts: {}, stages: new Map<string, number>() };
const released = (): Promise<undefined> => Promise.resolve(undefined);

/** A boot that leaves `text` in its evidence, and fails. */
function failing(text: string): (evidence: string) => Promise<never> {
  return (evidence) => {
    mkdirSync(evidence, { recursive: true });
    writeFileSync(join(evidence, 'console.log'), text);
    return Promise.reject(new Error('no prompt'));
  };
}

test('what is not explained is kept, in the place of what an earlier run kept', async ({}, info) => {
  const directory = info.outputPath('chaos');
  for (const text of ['of the first run', 'of the second run']) {
    const boot = failing(text);
    await bootOften({ count: 2, directory }, { boot, end: released });

    expect(readFileSync(join(directory, 'boot-1/console.log'), 'utf8')).toBe(text);
    expect(readFileSync(join(directory, 'boot-2/console.log'), 'utf8')).toBe(text);
  }
});

test('a boot that failed before it had evidence is told, and the next follows', async ({}, info) => {
  const directory = info.outputPath('chaos');
  mkdirSync(join(directory, 'boot-1'), { recursive: true });
  const told: CleanBoot[] = [];
  let number = 0;
  const boot = (): Promise<typeof well> => {
    number += 1;
    return number === 1 ? Promise.reject(new Error('no room')) : Promise.resolve(well);
  };
  await bootOften(
    { count: 2, directory, onBoot: (one) => told.push(one) },
    { boot, end: released },
  );

  expect(told.map(({ error }) => error)).toEqual(['no room', undefined]);
  // It would be taken for this run's.
  expect(existsSync(join(directory, 'boot-1'))).toBe(false);
});

test('a board that is not left as it has to be is told with the last boot', async ({}, info) => {
  const told: CleanBoot[] = [];
  let ends = 0;
  const boots = await bootOften(
    { count: 2, directory: info.outputPath('chaos'), onBoot: (one) => told.push(one) },
    {
      boot: () => Promise.resolve(well),
      end: () => {
        ends += 1;
        return Promise.resolve('the board still has power');
      },
    },
  );

  expect(boots.map(({ error }) => error)).toEqual([undefined, 'the board still has power']);
  expect(told).toEqual(boots);
  expect(ends).toBe(1);
});

test('a run that is ended by an error of ours ends its board too', async ({}, info) => {
  let ends = 0;
  const failed = bootOften(
    {
      count: 2,
      directory: info.outputPath('chaos'),
      onBoot: () => {
        throw new Error('results cannot be written');
      },
    },
    {
      boot: () => Promise.resolve(well),
      end: () => {
        ends += 1;
        return Promise.resolve(undefined);
      },
    },
  );

  await expect(failed).rejects.toThrow('results cannot be written');
  expect(ends).toBe(1);
});
