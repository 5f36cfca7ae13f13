// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { expect, test } from '@playwright/test';
import { labJsonSchema, LocalReservation } from '../../../lib/lab/index.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { type CliRun, env, runCli } from '../cli/run-cli.ts';
import { board, writeLab } from './labs.ts';

const me = userInfo().username;
const relay = "power: { kind: command, on: [./relay, 'on'], off: [./relay, 'off'], minOffMs: 1 }";
const hide = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME');

function lab(args: readonly string[], path: string): Promise<CliRun> {
  return runCli(['lab', ...args], env({ CROSSPAGE_LAB: path }));
}

test('check says that nothing is wrong, and what is worth knowing', async ({}, info) => {
  const parked = 'parked: { reason: lent, until: 2999-01-01 }';
  const path = writeLab(info, board('zcu102-a', { parked }));
  const { code, stdout } = await lab(['check'], path);

  expect(stdout).toBe(
    `${path}: one board, nothing is wrong\n` +
      'note: zcu102-a has no identity: another board in its place is not noticed\n' +
      'note: zcu102-a is parked until 2999-01-01: lent\n',
  );
  expect(code).toBe(0);
});

test('check ends with 2 for a wrong file, and with 3 for what the machine lacks', async ({}, info) => {
  const wrong = writeLab(info, board('zcu102-a', { type: 'type: zcu103' }));
  expect(await lab(['check'], wrong)).toMatchObject({ code: 2, stdout: '' });
  const lacking = writeLab(info, board('zcu102-a', { tftp: 'tftp: { directory: none }' }));
  const { code, stderr } = await runCli(['lab', 'check', '--lab', lacking]);

  expect(stderr).toMatch(/: one fault of this machine; no board was touched\n/);
  expect(code).toBe(3);
});

test('without a lab file, the verbs say how to name one', async () => {
  const { code, stderr } = await runCli(['lab', 'list']);

  expect(stderr).toBe(
    'crosspage lab: knows no lab file\n' +
      '  to do: name it: --lab lab.yaml, or CROSSPAGE_LAB=lab.yaml in the environment\n',
  );
  expect(code).toBe(2);
});

test('a board is reserved, listed, and released', async ({}, info) => {
  const path = writeLab(info, board('zcu102-a'));
  const args = ['reserve', 'zcu102-a', '--for', '2h', '--purpose', 'bring-up'];
  const reserved = await lab(args, path);
  expect(hide(reserved.stdout)).toBe(`zcu102-a: ${me} since TIME, for bring-up (until TIME)\n`);
  const listed = await lab(['list'], path);

  expect(hide(listed.stdout.replaceAll(/\s+/g, ' '))).toBe(
    `board type state zcu102-a zcu102 ${me} since TIME, for bring-up (until TIME) `,
  );
  const released = await lab(['release', 'zcu102-a'], path);
  expect(hide(released.stdout)).toBe(
    `zcu102-a: released; ${me} since TIME, for bring-up (until TIME) had it\n`,
  );
  expect((await lab(['list'], path)).stdout).toMatch(/^zcu102-a {2}zcu102 {2}free$/m);
});

test('the list fits into 80 columns', async ({}, info) => {
  const path = writeLab(info, board('zcu102-a'));
  const purpose = 'a purpose that is told at some length, as people do when they are asked';
  await lab(['reserve', 'zcu102-a', '--purpose', purpose], path);
  const { stdout } = await lab(['list'], path);

  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(purpose);
});

test('power is switched, and the state told', async ({}, info) => {
  const path = writeLab(info, board('zcu102-a', { power: relay }));
  const state = info.outputPath('relay-state');
  writeFileSync(info.outputPath('relay'), `#!/bin/sh\necho "$1" >>'${state}'\n`, { mode: 0o755 });
  const { code, stdout } = await lab(['power', 'zcu102-a', 'cycle'], path);

  expect(readFileSync(state, 'utf8')).toBe('off\non\n');
  expect(stdout).toBe('zcu102-a: unknown\n');
  expect(code).toBe(0);
});

test('power of a board that somebody has is not touched', async ({}, info) => {
  const path = writeLab(info, board('zcu102-a', { power: relay }));
  const state = info.outputPath('relay-state');
  writeFileSync(info.outputPath('relay'), `#!/bin/sh\necho "$1" >>'${state}'\n`, { mode: 0o755 });
  const reservation = new LocalReservation(info.outputPath('state'));
  const wait = { purpose: 'a run', deadline: Deadline.after(0) };
  const lease = await reservation.acquire({ boards: ['zcu102-a'] }, wait);
  const { code, stderr } = await lab(['power', 'zcu102-a', 'off'], path);
  await lease.release();

  expect(stderr).toContain(`last seen: zcu102-a: ${me} since `);
  expect(stderr).toContain(`for a run (process ${process.pid})`);
  expect(code).toBe(3);
  expect(existsSync(state)).toBe(false);
});

for (const [what, args, message] of [
  ['act', ['power', 'zcu102-a', 'up'], 'crosspage lab power zcu102-a: knows no "up"'],
  ['duration', ['reserve', 'zcu102-a', '--for', 'long'], '--for: is "long", no duration'],
  ['option', ['list', '--all'], "error: unknown option '--all'"],
] as const) {
  test(`an unknown ${what} ends with exit code 2`, async ({}, info) => {
    const { code, stderr } = await lab(args, writeLab(info, board('zcu102-a')));

    expect(stderr.split('\n')[0]).toBe(message);
    expect(code).toBe(2);
  });
}

test('schema prints the JSON Schema', async () => {
  const { stdout } = await runCli(['lab', 'schema']);

  expect(JSON.parse(stdout)).toEqual(labJsonSchema());
});
