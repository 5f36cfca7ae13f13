// SPDX-License-Identifier: Apache-2.0
// The command as a user runs it, with a test of the user's own: nothing is booted.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { endOf, env, runCli, startCli } from '../cli/run-cli.ts';
import { SmallRepository } from './small-repository.ts';

/** What a user has: a configuration of xl with so many options more than it needs. */
const guest = (options: Readonly<Record<string, string>>): string =>
  [
    'name = "radar"  # the owner',
    ...Object.entries(options).map(([name, value]) => `${name} = ${value}`),
    '',
  ].join('\n');

const many = (value: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 16 }, (_unused, index) => [`x${index}`, String(value)]));

function directoryWith(path: string, text: string): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'radar.cfg'), text);
  return path;
}

interface Report {
  readonly causes: {
    readonly changes: { readonly what: string; readonly kind: string; readonly diff: string[] }[];
  }[];
  readonly runs: { readonly all: { readonly known: number; readonly runs: number } };
  readonly commits?: { readonly subject: string; readonly commit: string; readonly date: string }[];
  readonly skipped?: { readonly why: string }[];
}

test('a command finds the guilty change, after Ctrl-C too, and nothing is left of the way', async ({}, {
  outputDir,
}) => {
  test.setTimeout(180_000);
  const good = directoryWith(join(outputDir, 'good'), guest({ memory: '64', ...many(0) }));
  const bad = directoryWith(join(outputDir, 'bad'), guest({ memory: '128', ...many(1) }));
  const before = [good, bad].map((path) => readFileSync(join(path, 'radar.cfg'), 'utf8'));
  const state = join(outputDir, 'state');
  const temporary = mkdtempSync(join(outputDir, 'tmp-'));
  const options = env({ TMPDIR: temporary });
  const command = [
    ...['bisect', 'config', '--good', good, '--bad', bad, '--directory', state],
    ...[
      '--format',
      'json',
      '--test-command',
      'sleep 0.2; ! grep -q 128 $CROSSPAGE_CONFIG/radar.cfg',
    ],
  ];

  const interrupted = startCli(command, options);
  interrupted.stderr?.on('data', (text: Buffer) => {
    if (text.toString().includes('step 2')) interrupted.kill('SIGINT');
  });
  const ended = await endOf(interrupted);
  expect(ended.code).toBe(130);
  expect(ended.stderr).toMatch(
    /\ninterrupted: what was found is kept, and the same command goes on\n$/,
  );
  expect(readdirSync(temporary).filter((name) => name.startsWith('crosspage'))).toEqual([]);
  const { code, stdout } = await runCli(command, options);

  expect(code).toBe(0);
  const report = JSON.parse(stdout) as Report;
  expect(report.causes.map(({ changes }) => changes)).toMatchObject([[{ what: 'memory' }]]);
  expect(report.causes[0]?.changes[0]?.diff.slice(2)).toEqual([
    ...['@@ -2 +2 @@', '-memory = 64', '+memory = 128'],
  ]);
  expect(report.runs.all.known).toBeGreaterThanOrEqual(7);
  expect([good, bad].map((path) => readFileSync(join(path, 'radar.cfg'), 'utf8'))).toEqual(before);
  expect(readdirSync(temporary).filter((name) => name.startsWith('crosspage'))).toEqual([]);
  expect(readdirSync(state)).toHaveLength(2);
});

test('over a history: the first bad commit, what cannot be tried passed over, and what of it is guilty', async ({}, {
  outputDir,
}) => {
  test.setTimeout(180_000);
  const repository = new SmallRepository(
    join(outputDir, 'conf'),
    [
      guest({ memory: '64', vcpus: '1' }),
      guest({ memory: '64', vcpus: '2' }),
      'name = \n',
      guest({ memory: '128', vcpus: '2', on_crash: '"preserve"' }),
      guest({ memory: '128', vcpus: '4', on_crash: '"preserve"' }),
      guest({ memory: '128', vcpus: '4', on_crash: '"destroy"' }),
    ],
    'board/radar.cfg',
  );
  writeFileSync(join(repository.directory, 'board/radar.cfg'), 'work that is not committed');
  const before = repository.state();
  const [junit, html] = [join(outputDir, 'a.xml'), join(outputDir, 'a.html')];

  const { code, stdout, stderr } = await runCli([
    ...['bisect', 'config', '--repository', repository.directory, '--path', 'board'],
    ...['--good', 'HEAD~5', '--bad', 'HEAD', '--directory', join(outputDir, 'state')],
    ...['--test-command', '! grep -q 128 $CROSSPAGE_CONFIG/radar.cfg'],
    ...['--junit', junit, '--html', html],
  ]);

  expect(stderr).toContain('commit 1: number 2 of 5');
  expect(code).toBe(0);
  const [skipped = '', guilty = ''] = repository.commits.slice(2).map((one) => one.slice(0, 12));
  const previous = repository.commits[1]?.slice(0, 12) ?? '';
  expect(stdout).toContain(`one of 2; all that they change together\n\n${skipped} change 2\n`);
  expect(stdout).toMatch(new RegExp(`${guilty} change 3\ntest, \\d{4}-\\d\\d-\\d\\d`));
  expect(stdout).toContain(`skipped ${skipped}: ${skipped}:board/radar.cfg:1:8: `);
  expect(stdout).toContain('this change alone breaks it (1 of 2 changes)\n\nkey changed: memory\n');
  expect(stdout).toContain(
    `--- ${previous}:board/radar.cfg\n+++ ${guilty}:board/radar.cfg\n@@ -2 +2 @@\n-memory = 64\n+memory = 128\n`,
  );
  for (const report of [junit, html].map((file) => readFileSync(file, 'utf8')))
    for (const told of [`${skipped} change 2`, `${guilty} change 3`, `skipped ${skipped}: `])
      expect(report).toContain(told);
  expect(repository.state()).toBe(before);
});

test('ends and tests that are not what they are said to be are refused', async ({}, {
  outputDir,
}) => {
  test.setTimeout(180_000);
  const good = directoryWith(join(outputDir, 'good'), guest({ memory: '64' }));
  const bad = directoryWith(join(outputDir, 'bad'), guest({ memory: '128' }));
  const end = ['bisect', 'config', '--good', good, '--bad', bad, '--directory', outputDir];
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['--test-command', 'false'], /good end .*: is not good: it failed 3 of 3 times/],
    [['--test-command', 'true'], /bad end .*: is not bad: it passed/],
    [['--test-command', 'exit 125'], /good: cannot be tried: exit code 125/],
    [['--test-command', 'no-such-program'], /there is no program no-such-program/],
    [['--test-command', 'true', '--test', 'boot'], /--test-command: goes with no other test/],
    [['--test', 'tests/nowhere.spec.ts'], /tests\/nowhere\.spec\.ts: is no test: there is no such/],
  ];

  const ends = await Promise.all(cases.map(([more]) => runCli([...end, ...more])));

  ends.forEach(({ stderr, code }, index) => {
    expect(stderr).toMatch(cases[index]?.[1] ?? /never/);
    expect(code).toBe(2);
  });
});
