// SPDX-License-Identifier: Apache-2.0
// What turns a board off when its station was killed, and is told when it is not needed.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { guardedBy } from '../../../lib/physical/station-guard.ts';

/** The process that has `word` among its arguments. */
function processWith(word: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
    } catch {
      return false; // It has ended meanwhile.
    }
  });
  if (found === undefined) throw new Error(`no process has ${word} among its arguments`);
  return Number(found);
}

test('a guard that is not needed does nothing', async ({}, info) => {
  const file = info.outputPath('ran');
  const done = await guardedBy(['/bin/sh', '-c', ': > "$0"', file]);
  const pid = processWith(file);
  await done();

  await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  expect(existsSync(file)).toBe(false);
});

test('a guard that was killed keeps nobody waiting', async () => {
  const word = randomBytes(8).toString('hex');
  const done = await guardedBy(['/bin/true', word]);
  const pid = processWith(word);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);

  await done();
});

test('a guard that is killed as it is told keeps nobody waiting either', async () => {
  const word = randomBytes(8).toString('hex');
  const done = await guardedBy(['/bin/true', word]);
  process.kill(processWith(word), 'SIGKILL');

  await done();
});
