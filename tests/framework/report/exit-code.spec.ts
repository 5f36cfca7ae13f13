// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { exitCodeOf, refineExitCode } from '../../../lib/report/exit-code.ts';
import type { ReportedFault, TestResult } from '../../../lib/report/model.ts';
import { startRun } from './fixture-run.ts';
import { sampleRun, testResult } from './sample-run.ts';

const pass = `test('passes', () => {});`;
const assertion = `test('fails', () => { expect(1).toBe(2); });`;
const subject = `test('panics', () => { throw new SubjectError('Xen: panic'); });`;
const misuse = `test('is misused', () => { throw new MisuseError('board: unknown'); });`;
const environment = `test('lacks', () => { throw new EnvironmentError('port: gone'); });`;
const blocked = `test('is blocked', () => { throw new BlockedError('zcu102-a: held'); });`;
const excused = `test.fail('lacks', () => { throw new EnvironmentError('port: gone'); });`;

for (const [what, source, code] of [
  ['everything is as expected', pass + `test.fail('x', () => { expect(1).toBe(2); });`, 0],
  ['an assertion fails', pass + assertion, 1],
  ['the subject fails', pass + subject, 1],
  ['it is misused', pass + misuse, 2],
  ['the environment fails', pass + environment, 3],
  ['tests are blocked', pass + blocked, 4],
  ['the environment fails and tests are blocked', environment + blocked, 3],
  ['the environment fails a test that is expected to fail', excused, 3],
  ['a spec cannot be loaded', `throw new Error('no');`, 2],
  ['there is no test', ``, 2],
] as const) {
  test(`a run exits with ${code} when ${what}`, async ({}, testInfo) => {
    const run = startRun(testInfo, { specs: { 'some.spec.ts': source } });

    expect(await run.ended()).toBe(code);
    expect(run.results().run.exitCode).toBe(code);
  });
}

test('a test without a board is blocked: neither failed nor skipped, with its reason', async ({}, testInfo) => {
  const run = startRun(testInfo, { specs: { 'some.spec.ts': blocked } });
  await run.ended();

  expect(run.results().tests).toMatchObject([
    { outcome: 'blocked', fault: 'blocked', skipKind: 'blocked', skipReason: 'zcu102-a: held' },
  ]);
  expect(run.stdout).toContain('1 × blocked: zcu102-a: held');
  expect(run.read('reports/run-1/junit.xml')).toContain(
    '<skipped message="zcu102-a: held" type="blocked"/>',
  );
});

test('a run exits with 3, and tells in a few words, when it cannot write its reports', async ({}, testInfo) => {
  const unwritable = startRun(testInfo, {
    specs: { 'some.spec.ts': pass },
    runDirectory: 'package.json/run',
  });
  const code = await unwritable.ended();

  expect(unwritable.stderr.trim()).toMatch(
    /^EnvironmentError: report: .*package\.json\/run could not be written: ENOTDIR.*\n {2}to do: .*$/,
  );
  expect(unwritable.stdout).toContain('reports   not written: see above');
  expect(unwritable.stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 0 failed, 0 skipped');
  expect(code).toBe(3);
});

test('a run exits with 3 when the disk is full, and leaves no half of a report', async ({}, testInfo) => {
  // A limit on the size of files stands for the full disk: the write fails half way.
  const run = startRun(testInfo, {
    specs: { 'some.spec.ts': `test('talks', () => { console.log('x'.repeat(3_000_000)); });` },
    shell: 'ulimit -f 2000;',
  });

  expect(await run.ended()).toBe(3);
  expect(run.stderr).toMatch(
    /EnvironmentError: report: .*results\.json could not be written: EFBIG/,
  );
  expect(run.has('reports/run-1/results.json')).toBe(false);
  expect(run.has('reports/run-1/.results.json.new')).toBe(false);
  expect(run.has('reports/latest')).toBe(false);
});

test('a failure of the subject is told even when the reports cannot be written', async ({}, testInfo) => {
  const run = startRun(testInfo, {
    specs: { 'some.spec.ts': subject },
    runDirectory: 'package.json/run',
  });

  expect(await run.ended()).toBe(1);
});

test('an unknown way to refer to attachments is misuse', async ({}, testInfo) => {
  const run = startRun(testInfo, {
    specs: { 'some.spec.ts': pass },
    env: { CROSSPAGE_ATTACHMENTS: 'no' },
  });

  expect(await run.ended()).toBe(2);
  expect(run.stderr).toContain('CROSSPAGE_ATTACHMENTS: is "no"\n  to do: set it to one of gitlab');
});

test('of several faults the one that must not be overlooked decides', () => {
  const amiss = (fault: ReportedFault | undefined): TestResult =>
    testResult({ outcome: 'error', ...(fault && { fault }) });
  const codeOf = (...faults: (ReportedFault | undefined)[]): number =>
    exitCodeOf({ run: sampleRun.run, tests: faults.map(amiss) });

  expect(codeOf('environment', 'misuse', 'assertion')).toBe(1);
  expect(codeOf('environment', undefined)).toBe(1);
  expect(codeOf('environment', 'misuse')).toBe(2);
  expect(codeOf('environment')).toBe(3);
});

test("only Playwright's own 1 is made more exact", () => {
  expect([0, 1, 7, 130].map((code) => refineExitCode(code, 3))).toEqual([0, 3, 7, 130]);
  expect(refineExitCode(1, 0)).toBe(1);
});
