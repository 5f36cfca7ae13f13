// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { CommandTest } from '../../../lib/bisect/command-test.ts';
import { cannotBeTried } from '../../../lib/bisect/observation.ts';
import { EnvironmentError, MisuseError } from '../../../lib/support/errors.ts';

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
});
