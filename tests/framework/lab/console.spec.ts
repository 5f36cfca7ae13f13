// SPDX-License-Identifier: Apache-2.0
// A person at a board's console: real pseudo-terminals at both ends.
import { join } from 'node:path';
import { expect, test, type TestInfo } from '@playwright/test';
import { OwnedProcess } from '../../../lib/host/processes.ts';
import { Secrets } from '../../../lib/host/secrets.ts';
import { boardOf, loadLab, LocalReservation } from '../../../lib/lab/index.ts';
import { directAccess } from '../../../lib/physical/board-access.ts';
import { Station } from '../../../lib/physical/station.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { runCli } from '../cli/run-cli.ts';
import { openPty, type Pty } from '../serial/pty.ts';
import { board, writeLab } from './labs.ts';

const bin = join(import.meta.dirname, '../../../lib/cli/bin.mjs');
/** Gives a program a terminal of its own, and what comes by standard input to that. */
const terminal = ['python3', '-c', 'import pty, sys; pty.spawn(sys.argv[1:])'] as const;

function labWith(info: TestInfo, pty: Pty): string {
  const main = `consoles: { main: { kind: serial, path: ${pty.path}, baud: 115200 } }`;
  const relay = "power: { kind: command, on: [./relay, 'on'], off: [./relay, 'off'], minOffMs: 1 }";
  return writeLab(info, board('zcu102-a', { main, power: relay }));
}

async function sit(path: string, ...options: string[]): Promise<OwnedProcess> {
  const [python, ...args] = terminal;
  const command = [bin, 'lab', 'console', 'zcu102-a', '--lab', path, ...options];
  return OwnedProcess.start(python, [...args, process.execPath, ...command]);
}

/** Settles when the program has printed `text`. */
function printed(program: OwnedProcess, text: string): Promise<string> {
  return new Promise((resolve) => {
    let seen = '';
    program.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1');
      if (seen.includes(text)) resolve(seen);
    });
  });
}

test('what is typed goes to the board, Ctrl-C too, and what the board prints is seen', async ({}, info) => {
  await using pty = await openPty();
  await using program = await sit(labWith(info, pty));
  await printed(program, 'Ctrl-] q leaves');
  const seen = printed(program, 'ZynqMP> ');
  program.stdin.write('vers\x03');
  await pty.until((heard) => heard.toString('latin1') === 'vers\x03');
  pty.say('ZynqMP> ');
  await seen;
  program.stdin.write('\x1dq');

  expect((await program.ended).code).toBe(0);
});

test('keys switch the power, and say what came of it', async ({}, info) => {
  await using pty = await openPty();
  await using program = await sit(labWith(info, pty));
  await printed(program, 'Ctrl-] q leaves');
  const seen = printed(program, 'to do: ');
  // The lab names a relay that is not there.
  program.stdin.write('\x1dc');

  expect(await seen).toMatch(/zcu102-a, power: .*relay/);
  program.stdin.write('\x1dq');
  await program.ended;
});

test('a line that is gone for good ends it, and gives the board back', async ({}, info) => {
  await using pty = await openPty();
  const path = labWith(info, pty);
  await using program = await sit(path);
  await printed(program, 'Ctrl-] q leaves');
  const seen = printed(program, 'gone for good');
  await pty.unplug();
  await seen;

  expect((await program.ended).code).toBe(0);
  const { stateDirectory } = loadLab(path);
  expect(await new LocalReservation(stateDirectory).holderOf('zcu102-a')).toBeUndefined();
});

test('it has the board while it lasts, and gives it back', async ({}, info) => {
  await using pty = await openPty();
  const path = labWith(info, pty);
  await using program = await sit(path);
  await printed(program, 'Ctrl-] q leaves');
  const { stateDirectory } = loadLab(path);
  const reservation = new LocalReservation(stateDirectory);
  expect((await reservation.holderOf('zcu102-a'))?.purpose).toBe('crosspage lab console zcu102-a');

  const second = await runCli(['lab', 'console', 'zcu102-a', '--lab', path]);
  expect(second.code).toBe(3);
  expect(second.stderr).toMatch(
    /^zcu102-a: no board was free for crosspage lab console zcu102-a; it is held by .+\n/,
  );

  program.stdin.write('\x1dq');
  await program.ended;
  expect(await reservation.holderOf('zcu102-a')).toBeUndefined();
});

test('what a run has is watched, and nothing is sent to it', async ({}, info) => {
  await using pty = await openPty();
  const path = labWith(info, pty);
  const lab = loadLab(path);
  const { stateDirectory } = lab;
  const access = directAccess(boardOf(lab, 'zcu102-a'), { stateDirectory, secrets: new Secrets() });
  const socket = `/tmp/crosspage-console-${process.pid}.sock`;
  await using lease = await new LocalReservation(stateDirectory).acquire(
    { boards: ['zcu102-a'] },
    { purpose: 'the run 7', station: socket, deadline: Deadline.after(1000) },
  );
  const station = await Station.listen(access, socket);
  try {
    await using program = await sit(path);
    expect(await printed(program, 'Ctrl-] q leaves')).toContain('for the run 7');
    const seen = printed(program, '(XEN) Brought up 4 CPUs');
    pty.say('(XEN) Brought up 4 CPUs\n');
    await seen;
    const refused = printed(program, 'nothing is sent');
    program.stdin.write('x');
    await refused;
    program.stdin.write('\x1dq');
    expect((await program.ended).code).toBe(0);

    expect(pty.heard.length).toBe(0);
    expect(lease.record.purpose).toBe('the run 7');
  } finally {
    await station.letGo();
  }
});

test('in a script: it leaves by itself, and only what was printed is on standard output', async ({}, info) => {
  await using pty = await openPty();
  const args = ['lab', 'console', 'zcu102-a', '--lab', labWith(info, pty), '--for', '4s'];
  await using program = await OwnedProcess.start(process.execPath, [bin, ...args]);
  const seen = printed(program, 'from the board\n');
  await expect.poll(() => program.stderr, { intervals: [20] }).toContain('yours');
  pty.say('from the board\n');

  expect((await program.ended).code).toBe(0);
  expect(await seen).toBe('from the board\n');
});

test('a console that the board does not have is told with those that it has', async ({}, info) => {
  await using pty = await openPty();
  const args = ['lab', 'console', 'zcu102-a', '--lab', labWith(info, pty), '--console', 'second'];
  const { code, stderr } = await runCli(args);

  expect(stderr).toBe(
    'crosspage lab console zcu102-a: has no console "second"\n  to do: name one of: main\n',
  );
  expect(code).toBe(2);
});
