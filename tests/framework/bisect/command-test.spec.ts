// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { CommandTest } from '../../../lib/bisect/command-test.ts';
import { cannotBeTried } from '../../../lib/bisect/observation.ts';
import {
  configurationTest,
  type TestArguments,
} from '../../../lib/cli/bisect-configuration-tests.ts';
import { EnvironmentError, MisuseError } from '../../../lib/support/errors.ts';

/** The letter that proc_pid_stat(5) has for a process; none where there is none. */
function stateOf(pid: string): string {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

const exits = async (command: string, outputDir: string): Promise<ReturnType<CommandTest['run']>> =>
  (await CommandTest.open(command)).run('/the/configuration', join(outputDir, 'evidence'));

test('exit code 0 is good, and the command is told where the configuration is', async ({}, {
  outputDir,
}) => {
  const { faults } = await exits('test "$CROSSPAGE_CONFIG" = /the/configuration', outputDir);

  expect(faults).toEqual([]);
  expect(existsSync(join(outputDir, 'evidence'))).toBe(false);
});

test('1 to 124 are bad, by one assertion, and what was said is kept', async ({}, { outputDir }) => {
  for (const code of [1, 2, 124]) {
    const { faults } = await exits(`echo no memory >&2; exit ${code}`, outputDir);
    expect(faults).toEqual([
      { assertion: 'the command exits with 0', message: `exit code ${code}; no memory` },
    ]);
  }
  expect(readFileSync(join(outputDir, 'evidence/output.log'), 'utf8')).toBe('no memory\n');
});

test('125 says that a configuration cannot be tried', async ({}, { outputDir }) => {
  const { faults } = await exits('exit 125', outputDir);

  expect(faults).toMatchObject([{ assertion: cannotBeTried }]);
});

test('a command that a signal ends was spoilt, one that cannot be run is misuse', async ({}, {
  outputDir,
}) => {
  await expect(exits('kill -9 $$', outputDir)).rejects.toThrow(EnvironmentError);
  await expect(exits('sh -c /nowhere/to-be-found', outputDir)).rejects.toThrow(MisuseError);
});

test('a command that does not end in time is ended with all that it started, and is bad in its own way', async ({}, {
  outputDir,
}) => {
  const marks = join(outputDir, 'marks');
  mkdirSync(marks, { recursive: true });
  // Two processes, of which one does not listen to SIGTERM; they say who they are.
  const child = `echo $$ > ${marks}/child; trap '' TERM; while :; do sleep 1; done`;
  const command = `echo begun; echo $$ > ${marks}/shell; sh -c "${child.replaceAll('$', '\\$')}" & wait`;
  const one = await CommandTest.open(command, 3);

  const { faults } = await one.run('/the/configuration', join(outputDir, 'evidence'));

  expect(faults).toEqual([
    { assertion: 'the command ends within 3 s', message: 'ended after 3 s; begun' },
  ]);
  expect(readFileSync(join(outputDir, 'evidence/output.log'), 'utf8')).toBe('begun\n');
  for (const name of ['shell', 'child']) {
    const pid = readFileSync(join(marks, name), 'utf8').trim();
    await expect.poll(() => stateOf(pid)).toMatch(/^[ZX]?$/);
  }
});

test('what a command leaves running is ended with it, and keeps nobody waiting', async ({}, {
  outputDir,
}) => {
  mkdirSync(outputDir, { recursive: true });
  const mark = join(outputDir, 'mark');
  const { faults } = await exits(`sleep 1000 & echo $! > ${mark}`, outputDir);

  expect(faults).toEqual([]);
  // It was sent its end; a busy host may take a moment to carry that out.
  await expect.poll(() => stateOf(readFileSync(mark, 'utf8').trim())).toMatch(/^[ZX]?$/);
});

test('a command that there is not is refused before anything is run', async () => {
  await expect(CommandTest.open('no-such-program --all')).rejects.toThrow(
    /--test-command 'no-such-program --all': there is no program no-such-program/,
  );
  await expect(CommandTest.open('if true; then')).rejects.toThrow('is no command that sh takes');
  await expect(CommandTest.open(' ')).rejects.toThrow('is empty');
});

test('another command is another question', async () => {
  const identities = await Promise.all(
    ['true', 'true', 'A=1 true'].map(async (one) => (await CommandTest.open(one)).identity),
  );

  expect(identities[0]).toBe(identities[1]);
  expect(identities[2]).not.toBe(identities[0]);
  expect((await CommandTest.open('true', 60)).identity).not.toBe(identities[0]);
});

test('options that say nothing to a command, or only to one, are refused', async () => {
  const cases: readonly (readonly [TestArguments, string])[] = [
    [{ testCommand: 'true', board: 'qemu-virt' }, '--board qemu-virt: goes with no --test-command'],
    [{ testCommand: 'true', flavour: '4.20' }, '--flavour 4.20: goes with no --test-command'],
    [{ testCommand: 'true', probeKernels: true }, '--probe-kernels: goes with no --test-command'],
    [{ testCommand: 'true', timeLimit: '1h' }, '--time-limit 1h: is no number of seconds'],
    [{ testCommand: 'true', timeLimit: '0' }, '--time-limit 0: is no number of seconds'],
    [{ test: ['boot'], timeLimit: '60' }, '--time-limit 60: is for a --test-command'],
  ];

  for (const [options, says] of cases)
    await expect(configurationTest(options, 'good', 'bad')).rejects.toThrow(says);
  const { booted } = await configurationTest({ testCommand: 'true', timeLimit: '60' }, 'a', 'b');
  expect(booted).toContainEqual(['time limit', '60 s for each run']);
});
