// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { prune, Session } from '../../../lib/bisect/keeping.ts';
import { commandOf } from '../../../lib/cli/kept-session.ts';
import { ObservationStore } from '../../../lib/bisect/store.ts';

const dayMs = 24 * 60 * 60_000;
const bounds = { maxBytes: 10_000, maxAgeMs: 90 * dayMs };

/** A build of 4000 bytes that was last used so many days ago. */
function build(state: string, key: string, days: number): string {
  const directory = join(state, 'xen-builds', key);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'xen'), 'x'.repeat(4000));
  const used = new Date(Date.now() - days * dayMs);
  utimesSync(directory, used, used);
  return directory;
}

const keys = ['1', '2', '3', '4'].map((digit) => digit.repeat(16));

test('what is too old goes, then what was not used for the longest time', async ({}, {
  outputDir,
}) => {
  const [old, third, second, first] = [100, 30, 20, 10].map((days, index) =>
    build(outputDir, keys[index] ?? '', days),
  );

  const { gone, keptBytes } = await prune(outputDir, bounds);

  expect(gone.map(({ path }) => path)).toEqual([old, third]);
  expect(keptBytes).toBe(8000);
  expect([old, third, second, first].map((path) => existsSync(path ?? ''))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('a command that another process is at is refused, one whose process is gone goes on', ({}, {
  outputDir,
}) => {
  const command = 'bisect xen --good a';
  // Stand-ins for a bisection, and for who got the number of one that is gone.
  const waits = ['-e', 'setInterval(() => undefined, 1000)'];
  const bisection = spawn(process.execPath, [...waits, 'bisect'], { stdio: 'ignore' });
  const another = spawn(process.execPath, waits, { stdio: 'ignore' });
  try {
    Session.open(outputDir, command).use(join(outputDir, 'xen-builds'));
    const [name = ''] = readdirSync(join(outputDir, 'unfinished'));
    const file = join(outputDir, 'unfinished', name);
    const beginsWith = (pid = 0): void => {
      const record = JSON.parse(readFileSync(file, 'utf8')) as object;
      writeFileSync(file, JSON.stringify({ ...record, pid }));
    };

    beginsWith(bisection.pid);
    expect(() => Session.open(outputDir, command)).toThrow(
      new RegExp(
        `^bisect xen --good a: is under way since .*, as process ${bisection.pid ?? ''}\n`,
      ),
    );
    Session.open(outputDir, 'bisect xen --good b').finish();

    beginsWith(another.pid);
    Session.open(outputDir, command);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      pid: process.pid,
      uses: ['xen-builds'],
    });
  } finally {
    bisection.kill();
    another.kill();
  }
});

test('what a bisection uses that goes on when it is given again stays, until it has ended', async ({}, {
  outputDir,
}) => {
  const used = build(outputDir, keys[0] ?? '', 0);
  const session = Session.open(outputDir, 'bisect xen --good a');
  session.use(used);
  utimesSync(used, new Date(0), new Date(0));
  const nothing = { maxBytes: 0, maxAgeMs: 0 };

  const first = await prune(outputDir, nothing);
  Session.open(outputDir, 'bisect xen --good a').finish();
  const second = await prune(outputDir, nothing);

  expect(first.gone).toEqual([]);
  expect(first.unfinished).toMatchObject([{ command: 'bisect xen --good a' }]);
  expect(second.gone.map(({ path }) => path)).toEqual([used]);
});

test('an interrupted bisection is forgotten only when it is said so, a running one never', async ({}, {
  outputDir,
}) => {
  const [mine, dead] = [build(outputDir, keys[0] ?? '', 0), build(outputDir, keys[1] ?? '', 0)];
  Session.open(outputDir, 'runs').use(mine);
  Session.open(outputDir, 'was killed').use(dead);
  const directory = join(outputDir, 'unfinished');
  for (const name of ['runs', 'was killed']) Session.open(outputDir, name);
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    const text = readFileSync(file, 'utf8');
    // Above the largest number that Linux gives a process.
    if (text.includes('was killed'))
      writeFileSync(file, text.replace(`"pid":${process.pid}`, '"pid":4194305'));
  }
  for (const path of [mine, dead]) utimesSync(path, new Date(0), new Date(0));
  const nothing = { maxBytes: 0, maxAgeMs: 0, unfinished: true };

  const dry = await prune(outputDir, { ...nothing, dryRun: true });
  const { gone } = await prune(outputDir, nothing);

  expect(dry.gone.map(({ path }) => path)).toEqual([dead]);
  expect(gone.map(({ path }) => path)).toEqual([dead]);
  expect(existsSync(mine)).toBe(true);
});

test('a command that goes on when it is given again can be pasted', () => {
  expect(commandOf(['bisect', 'config', '--good', 'my files/a', '--test-command', "it's"])).toBe(
    `bisect config --good 'my files/a' --test-command 'it'\\''s'`,
  );
});

test('what killed runs left among temporary files goes, of those that run nothing', async ({}, {
  outputDir,
}) => {
  const temporary = join(outputDir, 'tmp');
  const at = (name: string): string => join(temporary, name);
  // Above the largest number that Linux gives a process.
  const dead = [at('crosspage-ends-4194305-abcdef'), at('crosspage-mixture-4194305-abcdef')];
  const others = [at(`crosspage-mixture-${process.pid}-abcdef`), at('crosspage-mixture-notes')];
  for (const path of [...dead, ...others]) mkdirSync(path, { recursive: true });

  const { gone } = await prune(outputDir, { maxBytes: 0, maxAgeMs: 0, temporary });

  expect(gone.map(({ path }) => path).sort()).toEqual(dead);
  expect(dead.filter((path) => existsSync(path))).toEqual([]);
  expect(others.filter((path) => !existsSync(path))).toEqual([]);
});

test('what runs that were killed as they wrote have left beside a file goes with what is old', async ({}, {
  outputDir,
}) => {
  mkdirSync(outputDir, { recursive: true });
  const left = ['0123456789ab.json.lock', '0123456789ab.json.42.new'];
  for (const name of left) {
    writeFileSync(join(outputDir, name), 'x');
    utimesSync(join(outputDir, name), new Date(0), new Date(0));
  }

  await prune(outputDir, { maxBytes: 1, maxAgeMs: 1 });

  expect(left.filter((name) => existsSync(join(outputDir, name)))).toEqual([]);
});

test('what is not ours is not touched', async ({}, { outputDir }) => {
  mkdirSync(outputDir, { recursive: true });
  const mine = join(outputDir, 'notes.txt');
  writeFileSync(mine, 'x');
  utimesSync(mine, new Date(0), new Date(0));

  await prune(outputDir, { maxBytes: 0, maxAgeMs: 0 });

  expect(existsSync(mine)).toBe(true);
});

test('a full disk is told with what, where, how much and what to do, and nothing known is lost', async ({}, {
  outputDir,
}) => {
  const file = join(outputDir, 'known.json');
  const store = new ObservationStore(file);
  const observation = { faults: [], present: [], tookMs: 1 };
  await store.add('a', observation);
  const before = readFileSync(file, 'utf8');
  // Whatever is written there, the kernel says that the disk is full.
  symlinkSync('/dev/full', `${file}.${process.pid}.new`);

  await expect(store.add('b', observation)).rejects.toThrow(
    /what is known cannot be written: ENOSPC[^]*reached: \d+ B to write, .* free[^]*look at: .*known\.json[^]*bisect prune/,
  );
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(new ObservationStore(file).of('a')).toEqual([observation]);
});
