// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { classifyRun } from '../../../lib/mutants/classify.ts';
import { attempt, testResult } from '../report/sample-run.ts';
import { failedAttempt, failing, passing, runOf } from './samples.ts';

const verdict = failing('expect(page).toHold(pattern)\n\n  1 of 512 words differs', 'assertion');
const panic = failing('qemu-virt: Xen died: Panic on CPU 0', 'subject');
const lost = failing('qemu-virt: QEMU ended by itself', 'environment');

test('a suite that passes lets the mutant live', () => {
  expect(classifyRun(runOf([passing]))).toEqual({ verdict: 'survived', tests: 1, tookMs: 1500 });
});

for (const error of [verdict, panic])
  test(`a failure of the ${error.fault ?? ''} kills, told by its first line`, () => {
    const killer = testResult({
      titlePath: ['both directions'],
      outcome: 'failed',
      ...(error.fault && { fault: error.fault }),
      attempts: [failedAttempt(error)],
    });

    expect(classifyRun(runOf([passing, killer], { status: 'failed' }))).toEqual({
      verdict: 'killed',
      kill: {
        test: 'owner-and-borrower › both directions',
        file: 'tests/shared-memory/owner-and-borrower.spec.ts',
        title: 'both directions',
        fault: error.fault,
        message: error.message.split('\n')[0],
        mapped: [],
      },
      tests: 2,
      tookMs: 1500,
    });
  });

test('a kill tells how what was mapped then differed from the plan', () => {
  const mapped = ['borrower: area, page 2 of 3, at guest address 0x50001000, is not mapped'];
  const killer = testResult({
    outcome: 'failed',
    fault: 'assertion',
    attempts: [failedAttempt(verdict)],
    properties: { 'not-as-planned': mapped },
  });

  expect(classifyRun(runOf([killer])).kill?.mapped).toEqual(mapped);
});

test('of several failures the one that ended first is the killer', () => {
  const at = (title: string, ms: number): ReturnType<typeof testResult> =>
    testResult({
      titlePath: [title],
      outcome: 'failed',
      fault: 'assertion',
      attempts: [failedAttempt(verdict, ms)],
    });

  expect(classifyRun(runOf([at('late', 900), at('early', 100)])).kill?.test).toMatch(/early$/);
});

test('an error of the environment is no kill, and says why there is no verdict', () => {
  const test = testResult({
    titlePath: ['boots'],
    outcome: 'error',
    fault: 'environment',
    attempts: [failedAttempt(lost)],
  });

  expect(classifyRun(runOf([passing, test], { status: 'failed' }))).toEqual({
    verdict: 'no-verdict',
    problem: 'owner-and-borrower › boots: qemu-virt: QEMU ended by itself',
    fault: 'environment',
    tests: 2,
    tookMs: 1500,
  });
});

test('a time-out of the runner is no kill: nothing tells whose fault it is', () => {
  const slow = failing('Test timeout of 60000ms exceeded.');
  const test = testResult({ outcome: 'error', attempts: [failedAttempt(slow)] });

  expect(classifyRun(runOf([test], { status: 'failed' }))).toMatchObject({ verdict: 'no-verdict' });
});

test('a failure kills although another test met an error', () => {
  const broken = testResult({
    outcome: 'error',
    fault: 'environment',
    attempts: [failedAttempt(lost)],
  });
  const killer = testResult({
    outcome: 'failed',
    fault: 'subject',
    attempts: [failedAttempt(panic, 500)],
  });

  expect(classifyRun(runOf([broken, killer])).verdict).toBe('killed');
});

test('tests that the first failure interrupted do not count', () => {
  const interrupted = testResult({
    outcome: 'error',
    fault: 'environment',
    attempts: [attempt({ status: 'interrupted' })],
  });
  const killer = testResult({
    outcome: 'failed',
    fault: 'assertion',
    attempts: [failedAttempt(verdict)],
  });

  expect(classifyRun(runOf([killer, interrupted]))).toMatchObject({ verdict: 'killed', tests: 1 });
});

test('a run in which no test ran proves nothing', () => {
  const skipped = testResult({ outcome: 'skipped', attempts: [attempt({ status: 'skipped' })] });

  expect(classifyRun(runOf([skipped]))).toMatchObject({
    verdict: 'no-verdict',
    problem: 'no test ran',
  });
});

test('an error outside of any test proves nothing', () => {
  const misuse = failing('playwright.config.ts: no board is called "x"', 'misuse');

  expect(classifyRun(runOf([], { errors: [misuse], status: 'failed' }))).toMatchObject({
    verdict: 'no-verdict',
    fault: 'misuse',
  });
});
