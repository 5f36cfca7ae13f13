// SPDX-License-Identifier: Apache-2.0
// What stations leave behind in the temporary directory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import { identify, type ProcessIdentity } from '../../../lib/host/process-identity.ts';
import { noteRefusal } from '../../../lib/physical/ask-station.ts';
import { removeEmptyLog, sweepStations } from '../../../lib/physical/station-files.ts';
import { Station } from '../../../lib/physical/station.ts';

const test = base.extend<{ directory: string }>({
  // A socket's path is at most 107 bytes: it does not lie in the test's own directory.
  directory: async ({}, use) => {
    const directory = mkdtempSync(join(tmpdir(), 'files-'));
    await use(directory);
    rmSync(directory, { recursive: true });
  },
});

const nameOf = (digit: string): string => `${digit.repeat(16)}.sock`;
const story = { who: 'board', what: 'is held' };
const longAgo = new Date(Date.now() - 8 * 24 * 3_600_000);

/** Files that are older than anybody looks for. */
function makeOld(...paths: string[]): void {
  for (const path of paths) {
    writeFileSync(path, '', { flag: 'a' });
    utimesSync(path, longAgo, longAgo);
  }
}

/** A process that has ended. */
async function endedRun(): Promise<ProcessIdentity | undefined> {
  const child = spawn('sleep', ['600']);
  const runner = identify(child.pid);
  child.kill('SIGKILL');
  await once(child, 'close');
  return runner;
}

test('why a board was not a run’s is forgotten with the run', async ({ directory }) => {
  const [over, goesOn, untold] = ['1', '2', '3'].map((digit) => join(directory, nameOf(digit)));
  if (over === undefined || goesOn === undefined || untold === undefined) throw new Error('none');
  noteRefusal(over, story, await endedRun());
  noteRefusal(goesOn, story, identify());
  noteRefusal(untold, story);

  await sweepStations(goesOn);

  expect(readdirSync(directory).sort()).toEqual([
    `${nameOf('2')}.refused`,
    `${nameOf('3')}.refused`,
  ]);
});

test('what a station left that was killed is read for a week', async ({ directory }) => {
  const path = join(directory, nameOf('1'));
  const old = join(directory, nameOf('2'));
  makeOld(old, `${old}.log`, `${old}.refused.4711.new`, join(directory, 'another’s'));
  writeFileSync(`${path}.log`, '');
  writeFileSync(path, '');

  await sweepStations(path);

  expect(readdirSync(directory).sort()).toEqual(
    [nameOf('1'), `${nameOf('1')}.log`, 'another’s'].sort(),
  );
});

test('nothing is taken from a station that lives, however long', async ({ directory }) => {
  const path = join(directory, nameOf('1'));
  const access = { power: { off: () => Promise.resolve() } } as unknown as Parameters<
    typeof Station.listen
  >[0];
  await using station = await Station.listen(access, path);
  makeOld(`${path}.log`);
  utimesSync(path, longAgo, longAgo);

  await sweepStations(path);

  expect(readdirSync(directory).sort()).toEqual([nameOf('1'), `${nameOf('1')}.log`]);
  expect(station).toBeInstanceOf(Station);
});

test('of a station that ended well the log stays if something is written in it', async ({
  directory,
}) => {
  const [mute, told] = [join(directory, nameOf('1')), join(directory, nameOf('2'))];
  writeFileSync(`${mute}.log`, '');
  writeFileSync(`${told}.log`, 'a warning\n');

  await removeEmptyLog(mute);
  await removeEmptyLog(told);
  await removeEmptyLog(join(directory, nameOf('3')));

  expect(readdirSync(directory)).toEqual([`${nameOf('2')}.log`]);
});
