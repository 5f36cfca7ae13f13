// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { OwnedProcess } from '../../../lib/host/processes.ts';
import { Deadline, pause } from '../../../lib/support/deadline.ts';

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilDead(pid: number): Promise<boolean> {
  const deadline = Deadline.after(5000);
  while (lives(pid) && !deadline.passed) await pause(5);
  return !lives(pid);
}

test('a program that is not there is an environment error that names it', async () => {
  await expect(OwnedProcess.start('no-such-program', [])).rejects.toThrow(/no-such-program/);
});

test('stop ends a process that ignores SIGTERM', async () => {
  await using child = await OwnedProcess.start('/bin/sh', [
    '-c',
    'trap "" TERM; echo up; while :; do read x; done < /dev/zero',
  ]);
  await once(child.stdout, 'data');

  expect(await child.stop(undefined, 100)).toEqual({ code: null, signal: 'SIGKILL' });
  expect(lives(child.pid)).toBe(false);
});

test('stop asks first where it is told how', async () => {
  await using child = await OwnedProcess.start('/bin/sh', ['-c', 'read line; exit 7']);

  expect(await child.stop(() => child.stdin.write('quit\n'), 2000)).toEqual({
    code: 7,
    signal: null,
  });
});

test('a socket is open both ways at descriptor 3', async () => {
  await using child = await OwnedProcess.start(
    '/bin/sh',
    ['-c', 'read line <&3; echo "got $line" >&3'],
    { sockets: 1 },
  );
  child.socket(0).write('this\n');
  const [answer] = (await once(child.socket(0), 'data')) as [Buffer];

  expect(answer.toString()).toBe('got this\n');
});

test('a descriptor of ours can be the standard input', async ({}, info) => {
  const file = info.outputPath('input');
  writeFileSync(file, 'from the file\n');
  const descriptor = openSync(file, 'r');
  const starting = OwnedProcess.start('/bin/cat', [], { stdin: descriptor });
  await using child = await starting.finally(() => {
    closeSync(descriptor);
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];

  expect(said.toString()).toBe('from the file\n');
});

test('nothing survives a kill -9 of the process that started it', async () => {
  const module = new URL('../../../lib/host/processes.ts', import.meta.url);
  const script = `
    const { OwnedProcess } = await import(${JSON.stringify(module.href)});
    const child = await OwnedProcess.start('/bin/sleep', ['1000']);
    process.stdout.write(String(child.pid));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  let pid: number;
  let livedBefore: boolean;
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    pid = Number(line.toString());
    livedBefore = lives(pid);
  } finally {
    parent.kill('SIGKILL');
  }

  expect(livedBefore).toBe(true);
  expect(await untilDead(pid)).toBe(true);
});
