// SPDX-License-Identifier: Apache-2.0
// What one worker leaves in the station for the next. The board's line and switch are mocks.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import { makeRunKeys } from '../../../lib/boards/run-keys.ts';
import type { LabBoard, LabSsh } from '../../../lib/lab/lab.ts';
import type { Bench, BoardAccess } from '../../../lib/physical/board-access.ts';
import { leaveKeys } from '../../../lib/physical/board-linux.ts';
import { leaver, resumeLeft } from '../../../lib/physical/left-machine.ts';
import { Station } from '../../../lib/physical/station.ts';
import { stationAccess } from '../../../lib/physical/station-access.ts';
import type { SerialLine } from '../../../lib/serial/serial-line.ts';
import { Deadline } from '../../../lib/support/deadline.ts';

const ample = (): Deadline => Deadline.after(20_000);

/** A line that says nothing. */
const quietLine = {
  name: '/dev/quiet',
  comesBack: false,
  state: 'open',
  onData: () => () => undefined,
  onState: () => () => undefined,
  drained: () => Promise.resolve(),
  dispose: () => Promise.resolve(),
} as unknown as SerialLine;

const power = {
  who: 'board, power',
  on: () => Promise.resolve(),
  off: () => Promise.resolve(),
  state: () => Promise.resolve('on' as const),
};

function labBoard(ssh: LabSsh = { host: '10.0.0.2' }): LabBoard {
  const main = { kind: 'serial', path: '/dev/quiet', baud: 115_200 };
  return { name: 'board', consoles: { main }, ssh } as unknown as LabBoard;
}

/** `access`: to a station; `directory`: where that listens, gone after the test. */
const test = base.extend<{ directory: string; access: BoardAccess }>({
  directory: async ({}, use) => {
    const directory = mkdtempSync(join(tmpdir(), 'left-'));
    await use(directory);
    rmSync(directory, { recursive: true });
  },
  access: async ({ directory }, use) => {
    const path = join(directory, 'sock');
    const line = (): Promise<SerialLine> => Promise.resolve(quietLine);
    await using station = await Station.listen({ power, openConsole: line }, path);
    expect(station).toBeInstanceOf(Station);
    await use(stationAccess(labBoard(), path, () => Promise.resolve()));
  },
});

const benchOf = (access: BoardAccess, board = labBoard()): Bench =>
  ({ board, access }) as unknown as Bench;

/** A console's capture of a machine that was booted, after one that was not this. */
function captured(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const records = [
    { crosspageCapture: 1, who: 'board', startedAt: '2026-12-01T00:00:00.000Z' },
    [1, '<', 'of yesterday\n'],
    [2, '!', { kind: 'epoch' }],
    [3, '<', '(XEN) Xen version 4.20\n'],
    [4, '>', 'typed'],
    [5, '<', 'dom0 is up\n'],
  ];
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  writeFileSync(join(directory, 'console.capture.jsonl'), text);
  return directory;
}

test('a Linux that was left is reached as before, and may be left again', async ({
  access,
  directory,
}, info) => {
  const keys = makeRunKeys();
  const evidence = captured(info.outputPath('first'));
  const facts = { flavour: 'debian' };
  const left = { key: 'k', run: 'a55288bd', evidence, facts };
  const damage = ['/dev/quiet was away for 300 ms'];
  await leaver(access, { ...left, keys: leaveKeys(keys, labBoard().ssh) })?.('7', damage);
  expect(readdirSync(directory)).toEqual(['sock']);

  const second = captured(info.outputPath('second'));
  const resumed = await resumeLeft(benchOf(access), 'k', second, ample());
  if (resumed === undefined || !('machine' in resumed)) throw new Error('it was not taken up');
  const { machine, run, memo } = resumed;

  expect([run, memo]).toEqual(['a55288bd', '7']);
  expect(machine.console.lines.map(({ text }) => text)).toEqual([
    '(XEN) Xen version 4.20',
    'dom0 is up',
  ]);
  const { nonce, hostPublicKey, userPrivateKey } = keys;
  expect(machine.linux?.keys).toEqual({ nonce, hostPublicKey, userPrivateKey, agent: undefined });
  expect(machine.facts).toEqual({
    ...facts,
    resumed: 'left running by an earlier worker',
    'line-damage': damage[0],
  });
  await machine.leave?.('9');
  const again = JSON.parse((await access.kept?.(ample())) ?? '') as object;
  expect(again).toMatchObject({ ...left, evidence: second, memo: '9', damage });
});

test('a key that the lab names is not handed on, but read again', async ({ access }, info) => {
  const userKey = makeRunKeys().userPrivateKey ?? '';
  const path = info.outputPath('key');
  writeFileSync(path, userKey, { mode: 0o600 });
  const board = labBoard({ host: '10.0.0.2', key: { file: path } });
  const keys = makeRunKeys({ userKey });
  const evidence = captured(info.outputPath('first'));
  const its = leaveKeys(keys, board.ssh);
  expect(its).not.toHaveProperty('userPrivateKey');
  await leaver(access, { key: 'k', run: 'a55288bd', evidence, facts: {}, keys: its })?.('');

  const second = captured(info.outputPath('second'));
  const resumed = await resumeLeft(benchOf(access, board), 'k', second, ample());
  if (resumed === undefined || !('machine' in resumed)) throw new Error('it was not taken up');

  expect(resumed.machine.linux?.keys?.userPrivateKey).toBe(userKey.trim());
  await resumed.machine.dispose();
});

test('what was left is given once, to who wants the same, and goes with the power', async ({
  access,
}, info) => {
  const evidence = captured(info.outputPath('first'));
  const left = { key: 'k', run: 'a55288bd', evidence, facts: {} };
  const resume = (key: string): ReturnType<typeof resumeLeft> =>
    resumeLeft(benchOf(access), key, info.outputPath('second'), ample());

  expect(await resume('k')).toBeUndefined();
  await leaver(access, left)?.('');
  expect(await resume('another')).toBeUndefined();
  expect(await resume('k')).toBeUndefined();
  await leaver(access, left)?.('');
  await access.power.state(ample());
  await access.power.off(ample());
  expect(await resume('k')).toBeUndefined();
});

test('one whose captures are gone cannot be taken up, and says so', async ({ access }, info) => {
  const evidence = info.outputPath('gone');
  await leaver(access, { key: 'k', run: 'a55288bd', evidence, facts: {} })?.('');

  const resumed = await resumeLeft(benchOf(access), 'k', info.outputPath('second'), ample());

  expect(String((resumed as { lost: unknown }).lost)).toContain('gone/console.capture.jsonl');
});

test('a note that is not whole is told without what it holds', async ({ access }, info) => {
  await access.keep?.('{"keys": "-----BEGIN', ample());

  const resumed = await resumeLeft(benchOf(access), 'k', info.outputPath('second'), ample());

  const said = String((resumed as { lost: unknown }).lost);
  expect(said).toContain('board: what was noted of the machine that was left is no JSON');
  expect(said).not.toContain('BEGIN');
});

test('a board whose machine cannot be noted is turned off', async ({ access }, info) => {
  const evidence = captured(info.outputPath('first'));
  await leaver(access, { key: 'k', run: 'a55288bd', evidence, facts: {} })?.('');
  let offs = 0;
  const mute: BoardAccess = {
    ...access,
    power: { ...power, off: () => Promise.resolve(void (offs += 1)) },
    keep: () => Promise.reject(new Error('its station does not answer')),
  };
  const resumed = await resumeLeft(
    benchOf(mute),
    'k',
    captured(info.outputPath('second')),
    ample(),
  );
  if (resumed === undefined || !('machine' in resumed)) throw new Error('it was not taken up');

  await expect(resumed.machine.leave?.('7')).rejects.toThrow('its station does not answer');

  expect(offs).toBe(1);
});

test('where nothing outlives a worker, nothing can be left', () => {
  const alone = { power, openConsole: () => Promise.resolve(quietLine) };

  expect(leaver(alone, { key: 'k', run: 'a55288bd', evidence: '', facts: {} })).toBeUndefined();
});
