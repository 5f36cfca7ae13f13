// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type Parsed, startRun } from './fixture-run.ts';

/** Every way in which a test may end. */
const outcomes = `
const facts = (info, board) => info.annotations.push(
  { type: 'crosspage:board', description: board }, { type: 'crosspage:xen-version', description: '4.20.0' },
  { type: 'crosspage:proved', description: 'one is one' });
test('passes', async ({}, info) => { facts(info, info.project.name); expect(1).toBe(1); });
test('fails', async ({}, info) => {
  await info.attach('odd [name] | here', { body: 'evidence' });
  expect([1], 'in the author\\'s words').toEqual([2]);
});
test('lacks its port', () => { throw new EnvironmentError('port: gone\\n  to do: plug it in', { cause: new Error('ENODEV') }); });
test('is misused', () => { throw new MisuseError('board: nobody knows it'); });
test('panics', () => { throw new SubjectError('Xen: panic on CPU 0'); });
test('has a mistake', () => { undefined.x; });
test('takes too long', async () => { test.setTimeout(200); await new Promise(() => {}); });
test('panics late', async () => { test.setTimeout(200); await new Promise(() => {}); });
test.afterEach(({}, info) => { if (info.title === 'panics late') throw new SubjectError('Xen: hung'); });
test('is skipped', () => { test.skip(true, 'no power'); });
test.fixme('is to be fixed', () => {});
test('lacks a cache', ({}, info) => {
  info.annotations.push({ type: 'crosspage:requires', description: 'data-cache power' }, { type: 'crosspage:missing', description: 'data-cache' });
  test.skip(true, 'a has no data-cache');
});
test('fails as expected', () => { test.fail(); expect(1).toBe(2); });
test('fails to fail', () => { test.fail(); });
test('lacks a port where it should fail', () => { test.fail(); throw new EnvironmentError('port: gone'); });
test('has \\x1b[31mcolour\\x07 <&> "quotes" \\ud800 ]]>', () => { throw new SubjectError('\\0\\x1b[1m]]>\\ud800 & <b>'); });
`;

const retried = `
test('passes at last', ({}, info) => { if (info.retry < 1) throw new EnvironmentError('port: busy'); });
test('fails every time', ({}, info) => { expect(info.retry).toBe(9); });
`;

function problem(testcase: Parsed | undefined, element: string): Record<string, string> {
  const [first] = (testcase?.[element] ?? []) as [{ $: Record<string, string> }?];
  return { ...first?.$ };
}

test('every way to end a test is told by the reports as what it is', async ({}, testInfo) => {
  const run = startRun(testInfo, {
    specs: { 'outcomes.spec.ts': outcomes },
    config: 'fullyParallel: true, projects: [{ name: "a" }, { name: "b" }],',
  });
  expect(await run.ended()).toBe(1);
  const results = run.results();
  const told = results.tests
    .filter(({ project }) => project === 'a')
    .map((one) => [one.title, one.outcome, one.fault ?? one.skipReason]);

  expect(told).toEqual([
    ['passes', 'passed', undefined],
    ['fails', 'failed', 'assertion'],
    ['lacks its port', 'error', 'environment'],
    ['is misused', 'error', 'misuse'],
    ['panics', 'failed', 'subject'],
    ['has a mistake', 'error', undefined],
    ['takes too long', 'error', undefined],
    ['panics late', 'failed', 'subject'],
    ['is skipped', 'skipped', 'no power'],
    ['is to be fixed', 'skipped', 'no reason was given'],
    ['lacks a cache', 'skipped', 'a has no data-cache'],
    ['fails as expected', 'expected-failure', undefined],
    ['fails to fail', 'failed', 'assertion'],
    ['lacks a port where it should fail', 'error', 'environment'],
    [expect.stringContaining('colour'), 'failed', 'subject'],
  ]);
  expect(new Set(results.tests.map(({ id }) => id)).size).toBe(30);
  expect(results.projects.map(({ name, board }) => [name, board])).toEqual([
    ['a', 'a'],
    ['b', 'b'],
  ]);

  const cases = await run.testcases();
  const of = (name: string): Parsed | undefined => cases.get(`a.tests.outcomes: ${name}`);
  expect(cases.size).toBe(30);
  expect(problem(of('fails'), 'failure')).toEqual({
    message: "in the author's words: expect(received).toEqual(expected) // deep equality",
    type: 'expect.toEqual',
  });
  expect(problem(of('lacks its port'), 'error')).toEqual({
    message: 'port: gone',
    type: 'EnvironmentError',
  });
  expect(of('lacks its port')?.['error']).toEqual([
    expect.objectContaining({ _: expect.stringMatching(/to do: plug it in[^]*cause.*ENODEV/) }),
  ]);
  expect(problem(of('is misused'), 'error')['type']).toBe('MisuseError');
  expect(problem(of('panics'), 'failure')['type']).toBe('SubjectError');
  expect(problem(of('has a mistake'), 'error')['type']).toBe('TypeError');
  expect(problem(of('takes too long'), 'error')['type']).toBe('TimeoutError');
  expect(problem(of('lacks a cache'), 'skipped')['type']).toBe('missing-capability');
  expect(problem(of('is to be fixed'), 'skipped')['type']).toBe('fixme');
  expect(problem(of('fails to fail'), 'failure')['message']).toBe('expected to fail, but passed');
  const odd = of('has \\x1b[31mcolour\\x07 <&> "quotes" \\ud800 ]]>');
  expect(problem(odd, 'failure')['message']).toContain('\\x00]]>');

  expect(run.stdout.trimEnd().split('\n').at(-1)).toBe('4 passed, 20 failed, 6 skipped');
  expect(run.stdout).not.toContain('\x1b');
  expect(readlinkSync(join(run.directory, 'reports/latest'))).toBe('run-1');
});

test('a body is kept as a file, under a name that every reader takes', async ({}, testInfo) => {
  const run = startRun(testInfo, {
    specs: { 'outcomes.spec.ts': outcomes },
    args: ['-g', 'fails$'],
  });
  await run.ended();
  const [only] = run.results().tests;
  const [body] = only?.attempts[0]?.attachments ?? [];

  expect(body).toMatchObject({ name: 'odd [name] | here', contentType: 'text/plain' });
  expect(run.read('reports/latest', body?.path ?? '')).toBe('evidence');
  expect(run.read('reports/latest/junit.xml')).toMatch(
    /^\[\[ATTACHMENT\|reports\/run-1\/attachments\/[\da-f]{16}-0-odd-name-here\]\]$/m,
  );
  expect(run.stdout).toContain(`reports/run-1/${body?.path ?? 'no path'}`);
});

test('every attempt stays in the reports', async ({}, testInfo) => {
  const run = startRun(testInfo, { specs: { 'retried.spec.ts': retried }, config: 'retries: 2,' });
  expect(await run.ended()).toBe(1);
  const cases = await run.testcases();
  const flaky = cases.get('tests.retried: passes at last');
  const failing = cases.get('tests.retried: fails every time');

  expect(run.results().tests.map(({ outcome, attempts }) => [outcome, attempts.length])).toEqual([
    ['flaky', 2],
    ['failed', 3],
  ]);
  expect(flaky?.['flakyError']).toEqual([
    expect.objectContaining({ $: { message: 'port: busy', type: 'EnvironmentError' } }),
  ]);
  expect(flaky?.['error']).toBeUndefined();
  expect(failing?.['failure']).toHaveLength(1);
  expect(failing?.['rerunFailure']).toHaveLength(2);
  expect(run.stdout).toMatch(/1 flaky\n {2}.*passes at last \(2 attempts\)/);
  expect(run.stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed, 0 skipped');
});

test('Ctrl-C in the middle of a run still leaves whole reports', async ({}, testInfo) => {
  const run = startRun(testInfo, {
    specs: {
      'slow.spec.ts': `
        test('passes', () => {});
        test('waits', async () => { console.log('it waits'); await new Promise(() => {}); });
        test('comes too late', () => {});`,
    },
  });
  await run.prints('it waits');
  run.interrupt();

  expect(await run.ended()).toBe(130);
  expect(run.results().run).toMatchObject({ status: 'interrupted', exitCode: 130 });
  const cases = await run.testcases();
  expect(problem(cases.get('tests.slow: waits'), 'error')).toEqual({
    message: 'the run was interrupted while this test ran',
    type: 'Interrupted',
  });
  expect(problem(cases.get('tests.slow: comes too late'), 'skipped')).toEqual({
    message: 'the run was interrupted',
    type: 'not-run',
  });
  expect(run.stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 1 failed, 1 skipped');
});

/** Stands for git: says what a working tree with a change in it would. */
const git = `#!/bin/sh
case "$*" in
  *rev-parse*) echo 0123456789abcdef0123456789abcdef01234567 ;;
  '--no-optional-locks -C '*' status --porcelain') echo ' M lib/index.ts' ;;
esac
`;

test('the reports tell what was run: revision, changes, seed, command, time-out', async ({}, testInfo) => {
  const bin = testInfo.outputPath('bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), git, { mode: 0o755 });
  const run = startRun(testInfo, {
    specs: { 'one.spec.ts': `test('passes', () => { test.setTimeout(7000); });` },
    args: ['--workers', '1'],
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, CROSSPAGE_SEED: '7' },
  });
  expect(await run.ended()).toBe(0);

  expect(run.results().run).toMatchObject({
    id: 'run-1',
    gitRevision: '0123456789abcdef0123456789abcdef01234567',
    dirty: true,
    seed: '7',
    command: 'playwright test --workers 1',
    host: { node: process.version },
  });
  expect(run.results().tests).toMatchObject([{ timeoutMs: 7000 }]);
  expect(run.read('reports/latest/junit.xml')).toContain(
    '<property name="git-dirty" value="true"/>',
  );
});

test('a run without a seed chooses one, reports it and hands it to every worker', async ({}, testInfo) => {
  const tell = `console.log('seed ' + process.env.CROSSPAGE_SEED)`;
  const spec = `test('tells', () => { ${tell}; });`;
  const run = startRun(testInfo, { specs: { 'one.spec.ts': spec, 'two.spec.ts': spec } });
  expect(await run.ended()).toBe(0);
  const { seed } = run.results().run;

  expect(seed).toMatch(/^0x[0-9a-f]+$/);
  expect(run.stdout.match(/^ *seed .*$/gm)?.map((line) => line.trim())).toEqual([
    `seed ${seed ?? ''}`,
    `seed ${seed ?? ''}`,
  ]);
  expect(run.read('reports/latest/junit.xml')).toContain(
    `<property name="seed" value="${seed ?? ''}"/>`,
  );
});

test('--list prints the list, writes nothing and exits with 0', async ({}, testInfo) => {
  const run = startRun(testInfo, { specs: { 'retried.spec.ts': retried }, args: ['--list'] });

  expect(await run.ended()).toBe(0);
  expect(run.stdout).toContain('Total: 2 tests in 1 file');
  expect(run.has('reports')).toBe(false);
});
