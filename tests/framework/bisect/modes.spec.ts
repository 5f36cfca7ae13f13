// SPDX-License-Identifier: Apache-2.0
// Scripts of a configuration stay such that a test can run them, in any mixture.
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { differenceOf, type Difference } from '../../../lib/bisect/configurations.ts';
import { MixtureDirectory } from '../../../lib/bisect/mixture.ts';
import { readEnd } from '../../../lib/cli/configuration-end.ts';
import { runCli } from '../cli/run-cli.ts';
import { bisectCommand, directoryWith, type Files, smallEnds } from './small-ends.ts';

const script = (memory: number): string =>
  `#!/bin/sh -e\n# one\necho start\ntest ${memory} -le 64\n# two\ntrue\n`;

/** Both ends have these files; `executable` are those of each that may be executed. */
async function between(
  outputDir: string,
  good: Files,
  bad: Files,
  executable: { readonly good: readonly string[]; readonly bad: readonly string[] },
): Promise<Difference> {
  const read = async (name: 'good' | 'bad', files: Files): ReturnType<typeof readEnd> => {
    const directory = directoryWith(join(outputDir, name), { 'a.cfg': 'name = "a"\n', ...files });
    for (const one of executable[name]) chmodSync(join(directory, one), 0o755);
    return readEnd(directory);
  };
  const [first, second] = [await read('good', good), await read('bad', bad)];
  return differenceOf(first.end, second.end, () => Promise.reject(new Error('not to be run')));
}

/** The files of a mixture that may be executed, and whether. */
async function executable(
  { mixed }: Difference,
  chosen: readonly number[],
  ...names: string[]
): Promise<boolean[]> {
  using directory = new MixtureDirectory();
  await directory.lay(mixed(chosen));
  return names.map((name) => (statSync(join(directory.path, name)).mode & 0o100) !== 0);
}

test('a script that is a mixture of two may be executed as both may', async ({}, { outputDir }) => {
  const difference = await between(
    outputDir,
    { 'boot.sh': 'one\nsame\ntwo\n', notes: 'a\nb\nc\n' },
    { 'boot.sh': 'ONE\nsame\nTWO\n', notes: 'A\nb\nC\n' },
    { good: ['boot.sh'], bad: ['boot.sh'] },
  );

  expect(difference.changes.map(({ kind }) => kind)).toEqual(Array(4).fill('lines changed'));
  for (const chosen of [[], [0], [1, 2], [0, 1, 2, 3]])
    expect(await executable(difference, chosen, 'boot.sh', 'notes')).toEqual([true, false]);
});

test('that a file may be executed is a change by itself', async ({}, { outputDir }) => {
  const difference = await between(
    outputDir,
    { 'boot.sh': 'one\n', tool: '\0one' },
    { 'boot.sh': 'two\n', tool: '\0two' },
    { good: ['boot.sh'], bad: ['tool'] },
  );

  const { changes } = difference;
  expect(changes.map(({ kind, what }) => `${kind}: ${what}`)).toEqual([
    ...['lines changed: line 1', 'mode changed: boot.sh'],
    ...['file replaced: tool', 'mode changed: tool'],
  ]);
  expect(changes[1]).toMatchObject({
    ...{ from: '100755', to: '100644' },
    hunk: [/^--- .*good\/boot\.sh$/, /^\+\+\+ .*bad\/boot\.sh$/]
      .map((line) => expect.stringMatching(line) as unknown)
      .concat(['old mode 100755', 'new mode 100644']),
  });
  const cases: readonly (readonly [number[], boolean[]])[] = [
    [[], [true, false]],
    [
      [0, 2],
      [true, false],
    ],
    [[1], [false, false]],
    [
      [2, 3],
      [true, true],
    ],
    [
      [0, 1, 2, 3],
      [false, true],
    ],
  ];
  for (const [chosen, expected] of cases)
    expect(await executable(difference, chosen, 'boot.sh', 'tool')).toEqual(expected);
  expect(difference.mixed([1]).key).not.toBe(difference.mixed([]).key);
});

test('a command runs the script of a mixture; a mode that differs is found where it is guilty', async ({}, {
  outputDir,
}) => {
  test.setTimeout(120_000);
  const bisected = async (name: string, modes: { good: number; bad: number }): Promise<string> => {
    const ends = smallEnds(join(outputDir, name), {
      good: { 'boot.sh': script(64) },
      bad: { 'boot.sh': script(128).replace('# one', '# ONE') },
    });
    for (const end of ['good', 'bad'] as const) chmodSync(join(ends[end], 'boot.sh'), modes[end]);
    const command = ['--test-command', '"$CROSSPAGE_CONFIG/boot.sh" || exit 1'];
    const { stdout } = await runCli(bisectCommand(ends, join(outputDir, 'state'), ...command));
    return stdout;
  };

  const [lines, mode] = await Promise.all([
    bisected('lines', { good: 0o755, bad: 0o755 }),
    bisected('mode', { good: 0o755, bad: 0o644 }),
  ]);

  expect(lines).toContain('-test 64 -le 64\n+test 128 -le 64\n');
  expect(lines).toContain('this change alone breaks it (1 of 3 changes)');
  expect(mode).toContain('2 causes, each enough by itself');
  expect(mode).toContain('mode changed: boot.sh\n');
  expect(mode).toContain('old mode 100755\nnew mode 100644\n');
});

test('what git keeps for itself is no part of a configuration', async ({}, { outputDir }) => {
  const guest = 'name = "a"\nmemory = 64\n';
  const { changes, mixed } = await between(
    outputDir,
    { '.git/config': '[core]\nbare = false\n', 'b.cfg': guest, 'sub/.git': 'gitdir: a' },
    { '.git/config': '[core]\nbare = true\n', 'b.cfg': guest.replace('64', '96') },
    { good: [], bad: [] },
  );

  expect(changes.map(({ what }) => what)).toEqual(['memory']);
  expect(mixed([]).files.map(({ name }) => name)).toEqual(['a.cfg', 'b.cfg']);
});
