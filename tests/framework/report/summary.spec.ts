// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { choosePalette, plainPalette } from '../../../lib/report/palette.ts';
import { progressOf } from '../../../lib/report/progress.ts';
import { summaryOf } from '../../../lib/report/summary.ts';
import { durationText } from '../../../lib/report/wording.ts';
import { attempt, sampleRun, testResult } from './sample-run.ts';

const place = { directory: 'reports/run-1', reports: 'reports/latest' };

test('a run with a bit of everything is summed up for a person', () => {
  expect(summaryOf(sampleRun, place, plainPalette)).toBe(`
zcu102-a  Xen 4.20.0
  tests/shared-memory/owner-and-borrower.spec.ts: 1 passed, 1 error, 1 flaky (850 ms)
    the owner reads it back
  tests/shared-memory/cache.spec.ts: 1 failed, 1 skipped (425 ms)

skipped
  1 × zcu102-a has no device-alignment-fault

failed
  zcu102-a  cache › without a clean › the borrower sees stale words
    expect(borrower.page('mailbox')).toHold(address pattern)
    fault: assertion
    at tests/shared-memory/cache.spec.ts:30
    reports/run-1/zcu102-a/second/console.log
    reports/run-1/zcu102-a/no[te]/console.log
  zcu102-a  owner-and-borrower › the port answers
    EnvironmentError: zcu102-a: its serial port <ttyUSB0> is gone
    fault: environment
    at tests/shared-memory/owner-and-borrower.spec.ts:50

1 flaky
  zcu102-a  owner-and-borrower › the borrower reads every word the owner wrote (2 attempts)

took      4.2 s, 5 tests
junit     reports/latest/junit.xml
results   reports/latest/results.json
consoles  reports/latest/<project>/<test>/*.log

1 passed, 2 failed, 1 skipped
`);
});

test('what was proved is told in its own words, or by titles below their describes', () => {
  const properties = { board: ['qemu-virt'] };
  const tests = [
    testResult({ properties: { ...properties, proved: ['512 words crossed', 'both ways'] } }),
    testResult({ titlePath: ['on a clean', 'the borrower sees it'], properties }),
    testResult({ titlePath: ['on a clean', 'the owner sees it'], properties }),
    testResult({ titlePath: ['on a clean', 'it fails'], outcome: 'failed', properties }),
  ];
  const text = summaryOf({ ...sampleRun, tests }, place, plainPalette);

  expect(text).toContain(`
    512 words crossed
    both ways
    on a clean
      the borrower sees it
      the owner sees it

`);
});

test('tests that ran on no board are counted, and prove nothing', () => {
  const text = summaryOf({ ...sampleRun, tests: [testResult()] }, place, plainPalette);

  expect(text).not.toContain('the borrower reads');
  expect(text).toContain('owner-and-borrower.spec.ts: 1 passed (212 ms)\n\n');
});

test('skips are grouped by their reason, the most frequent first', () => {
  const skipped = (skipReason: string): ReturnType<typeof testResult> =>
    testResult({ outcome: 'skipped', skipReason });
  const notRun = testResult({ outcome: 'not-run', skipReason: 'the run was interrupted' });
  const tests = [skipped('no power'), skipped('no cache'), skipped('no cache'), notRun];

  expect(summaryOf({ ...sampleRun, tests }, place, plainPalette)).toContain(`
skipped
  2 × no cache
  1 × no power
  1 × did not run: the run was interrupted
`);
});

test('a failed test tells how what Xen mapped differs from the plan', () => {
  const [, failed = testResult()] = sampleRun.tests;
  const differs = 'borrower: area, page 2 of 3, at guest address 0x50001000, is not mapped';
  const attempts = failed.attempts.map((one) => ({
    ...one,
    facts: { 'not-as-planned': [differs] },
  }));

  expect(
    summaryOf({ ...sampleRun, tests: [{ ...failed, attempts }] }, place, plainPalette),
  ).toContain(`toHold(address pattern)\n    not as planned: ${differs}\n    fault: assertion\n`);
});

test('an error outside of any test is counted as a failure', () => {
  const errors = [{ name: 'MisuseError', message: 'no such board\n  to do: name another' }];
  const run = { ...sampleRun, projects: [], tests: [], run: { ...sampleRun.run, errors } };
  const text = summaryOf(run, place, plainPalette);

  expect(text).toContain('\nfailed\n  outside of any test: MisuseError: no such board\n');
  expect(text.endsWith('\n\n0 passed, 1 failed, 0 skipped\n')).toBe(true);
});

test('the last line has no colour, whatever the terminal', () => {
  const palette = choosePalette({ isTTY: true }, {});
  const text = summaryOf(sampleRun, place, palette);

  expect(text).toContain('\x1b[');
  expect(text.trimEnd().split('\n').at(-1)).toBe('1 passed, 2 failed, 1 skipped');
});

test('colours need a terminal, and nobody who asks for none', () => {
  const coloured = [
    choosePalette({ isTTY: true }, { NO_COLOR: '' }),
    choosePalette({ isTTY: true }, { NO_COLOR: '1' }),
    choosePalette({ isTTY: false }, {}),
    choosePalette({}, {}),
  ].map((palette) => palette.good('x') !== 'x');

  expect(coloured).toEqual([true, false, false, false]);
});

test('a test that ends is told in one line; one that fails with its error and evidence', () => {
  const told = { index: 12, willRetry: false, directory: 'reports/run-1' };
  const passed = testResult({ project: 'qemu-virt' });
  const failed = sampleRun.tests[1] ?? passed;
  const last = failed.attempts[1] ?? attempt();

  expect(progressOf({ ...told, test: passed, attempt: attempt() }, plainPalette)).toBe(
    '  ok  12 qemu-virt  owner-and-borrower › the borrower reads every word the owner wrote (212 ms)\n',
  );
  expect(progressOf({ ...told, test: failed, attempt: last }, plainPalette))
    .toBe(`FAIL  12 zcu102-a  cache › without a clean › the borrower sees stale words (212 ms)

       expect(borrower.page('mailbox')).toHold(address pattern)

         64 of 512 words differ
       at tests/shared-memory/cache.spec.ts:20:5

       reports/run-1/zcu102-a/second/console.log
       reports/run-1/zcu102-a/no[te]/console.log

`);
});

test('what a title or an error holds does not steer the terminal', () => {
  const titlePath = ['a\x1b[2Jb'];
  const error = { name: 'SubjectError', message: 'c\x07d\re' };
  const test = testResult({ titlePath, outcome: 'failed' });
  const ended = { index: 1, willRetry: false, directory: '', test };
  const text = progressOf({ ...ended, attempt: attempt({ errors: [error] }) }, plainPalette);

  expect(text).toContain('a\\x1b[2Jb');
  expect(text).toContain('c\\x07d\\re');
});

test('durations are told with the unit that fits', () => {
  expect([0, 212.4, 999.6, 4183, 59_949, 125_400].map(durationText)).toEqual([
    '0 ms',
    '212 ms',
    '1.0 s',
    '4.2 s',
    '59.9 s',
    '2 min 5 s',
  ]);
});
