// SPDX-License-Identifier: Apache-2.0
// What a run's boots took and lost, and what failed nothing but is worth a look.
import { expect, test } from '@playwright/test';
import { lossOf, waitsOf } from '../../../lib/report/measured-waits.ts';
import type { FactValues, TestResult } from '../../../lib/report/model.ts';
import { plainPalette } from '../../../lib/report/palette.ts';
import { summaryOf } from '../../../lib/report/summary.ts';
import { worthALook } from '../../../lib/report/worth-a-look.ts';
import { attempt, sampleRun, testResult } from './sample-run.ts';

const place = { directory: 'reports/run-1', reports: 'reports/latest' };

const telling = (facts: FactValues, changes: Partial<TestResult> = {}): TestResult =>
  testResult({ attempts: [attempt({ facts })], properties: facts, ...changes });

const boot = (xen: number, ready: number, records: string): FactValues => ({
  'stage-xen-ms': [xen.toFixed(1)],
  'stage-ready-ms': [ready.toFixed(1)],
  records: [records],
});

test('of the boots of a run, median, 95 % and the longest are told by stage', () => {
  const tests = Array.from({ length: 100 }, (_unused, index) =>
    telling(boot(index + 1, 2 * (index + 1), '4 received, 0 missing, 0 damaged')),
  );

  expect(waitsOf(tests)).toEqual({
    'stage-xen-ms': { count: 100, medianMs: 50.5, p95Ms: 96, maxMs: 100 },
    'stage-ready-ms': { count: 100, medianMs: 101, p95Ms: 192, maxMs: 200 },
  });
});

test('a boot that tests share counts once, with the records that had come in the end', () => {
  const tests = [
    telling(boot(60, 90, '4 received, 0 missing, 0 damaged')),
    telling(boot(60, 90, '9 received, 2 missing, 1 damaged')),
    telling(boot(61, 90, '5 received, 0 missing, 1 damaged')),
    testResult(),
  ];

  expect(waitsOf(tests)['stage-ready-ms']).toMatchObject({ count: 2 });
  expect(lossOf(tests)).toEqual({ received: 14, missing: 2, damaged: 2 });
  expect(lossOf([testResult()])).toBeUndefined();
  expect(waitsOf([telling({ 'stage-xen-ms': ['soon'] })])).toEqual({});
});

test('a boot that goes on in the next worker is no other boot, and its records are no others', () => {
  const firmware = { 'board-stage-u-boot-ms': ['2100'] };
  const tests = [
    telling({ ...firmware, ...boot(6000, 9000, '4 received, 0 missing, 0 damaged') }),
    // It hears anew all that was said since power-on.
    telling({ ...firmware, ...boot(1, 2, '6 received, 0 missing, 0 damaged') }),
    telling({
      'board-stage-u-boot-ms': ['2101'],
      ...boot(7000, 9000, '5 received, 0 missing, 0 damaged'),
    }),
  ];

  expect(waitsOf(tests)['stage-ready-ms']).toMatchObject({ count: 2, medianMs: 9000 });
  expect(lossOf(tests)).toEqual({ received: 11, missing: 0, damaged: 0 });
});

test('the summary tells them below the name of the board', () => {
  const properties = boot(60, 1490, '1 received, 0 missing, 0 damaged');
  const tests = [telling(properties)];
  const [project] = sampleRun.projects;
  const records = lossOf(tests);
  const projects = [{ name: 'zcu102-a', properties: {}, ...project, waits: waitsOf(tests) }];
  const run = { ...sampleRun, tests, projects: projects.map((one) => ({ ...one, records })) };

  expect(summaryOf(run, place, plainPalette)).toContain(`
zcu102-a  Xen 4.20.0
  1 boot (median, 95 %): xen 60 ms, 60 ms; ready 1.5 s, 1.5 s
  1 record of the probes came, 0 missing, 0 damaged
  tests/`);
});

test('a test that came close to its time-out is told, and one that timed out or has none is not', () => {
  const taking = (durationMs: number, changes: Partial<TestResult> = {}): TestResult =>
    testResult({ timeoutMs: 60_000, attempts: [attempt({ durationMs })], ...changes });
  const timedOut = attempt({ durationMs: 60_000, status: 'timed-out' });

  expect(
    worthALook([
      taking(48_000),
      taking(48_001, { titlePath: ['it is slow'] }),
      taking(90_000, { timeoutMs: 0 }),
      taking(0, { attempts: [timedOut], outcome: 'error' }),
    ]),
  ).toEqual([
    'zcu102-a  owner-and-borrower › it is slow: close to its time-out, 48.0 s of 1 min 0 s',
  ]);
});

test('a tight budget, a warning and a damaged line are told once for a board', () => {
  const facts = {
    'near-budget': ['load 98.2 s of 120.0 s'],
    'console-warning': ['line 9: ttyPS0: 1 input overrun(s)'],
    'line-damage': ['U-Boot echoed \x1bxx'],
  };
  const tests = [telling(facts), telling(facts)];

  expect(summaryOf({ ...sampleRun, tests }, place, plainPalette)).toContain(`
worth a look
  zcu102-a  close to its budget: load 98.2 s of 120.0 s
  zcu102-a  on its console: line 9: ttyPS0: 1 input overrun(s)
  zcu102-a  its line is damaged: U-Boot echoed \\x1bxx

took`);
  expect(summaryOf({ ...sampleRun, tests: [testResult()] }, place, plainPalette)).not.toContain(
    'worth a look',
  );
});
