// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect, test } from '@playwright/test';
import { withLock } from '../../../lib/host/locks.ts';
import { Deadline, pause } from '../../../lib/support/deadline.ts';
import { failureOf } from './failure-of.ts';

const patient = (): { deadline: Deadline } => ({ deadline: Deadline.after(5_000) });

test('one holder at a time', async ({}, info) => {
  const path = info.outputPath('sub/lock');
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await pause(5);
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(path, patient(), work)));

  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

test('a lock is given back when the work fails', async ({}, info) => {
  const path = info.outputPath('lock');
  const failing = withLock(path, patient(), () => Promise.reject(new Error('no')));

  await expect(failing).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

test('the lock of a killed process is taken over', async ({}, info) => {
  const path = info.outputPath('lock');
  const sleeper = spawn('sleep', ['60']);
  await once(sleeper, 'spawn');
  const stat = readFileSync(`/proc/${sleeper.pid ?? 0}/stat`, 'utf8');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  writeFileSync(path, JSON.stringify({ pid: sleeper.pid, started, host: hostname() }));
  const waits: number[] = [];
  const options = { ...patient(), onWait: (pid: number) => waits.push(pid) };
  const taken = withLock(path, options, () => Promise.resolve(sleeper.signalCode));
  await pause(120);
  sleeper.kill('SIGKILL');

  expect(await taken).toBe('SIGKILL');
  expect(waits).toEqual([sleeper.pid]);
});

test('a pid that another process has now does not hold the lock', async ({}, info) => {
  const path = info.outputPath('lock');
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: '1', host: hostname() }));

  expect(await withLock(path, patient(), () => Promise.resolve('taken'))).toBe('taken');
});

test('an empty lock, of a process killed while writing it, is taken over', async ({}, info) => {
  const path = info.outputPath('lock');
  writeFileSync(path, '');

  expect(await withLock(path, patient(), () => Promise.resolve('taken'))).toBe('taken');
});

test('a lock that stays held is an error that names its holder', async ({}, info) => {
  const path = info.outputPath('lock');
  writeFileSync(path, JSON.stringify({ pid: 17, started: '1', host: 'elsewhere' }));
  const options = { deadline: Deadline.after(60) };
  const error = await failureOf(() => withLock(path, options, () => Promise.resolve()));

  expect(error.message).toBe(
    `${path}: wanted this lock, but process 17 on elsewhere keeps it\n` +
      `  look at: ${path}\n` +
      '  to do: wait for that process, or end it; if it is no longer there, delete the file',
  );
  expect(error.fault).toBe('environment');
});
