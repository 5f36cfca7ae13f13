// SPDX-License-Identifier: Apache-2.0
// In which order the suite is run on a mutant, and what becomes of it. The suite here is a stand-in
// that leaves the results that it is given, one after the other.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestInfo } from '@playwright/test';
import { Progress } from '../../../lib/host/progress.ts';
import type { Matrix } from '../../../lib/mutants/model.ts';
import { runMutants } from '../../../lib/mutants/run-mutants.ts';
import type { RunResult } from '../../../lib/report/model.ts';
import { testResult } from '../report/sample-run.ts';
import { failedAttempt, failing, passing, runOf } from './samples.ts';

const standIn = `
const { appendFileSync, copyFileSync, readFileSync } = require('node:fs');
const root = require('node:path').resolve(__dirname, '../../..');
appendFileSync(root + '/asked', JSON.stringify(process.argv.slice(2)) + '\\n');
const turn = readFileSync(root + '/asked', 'utf8').trim().split('\\n').length;
copyFileSync(root + '/' + turn + '.json', root + '/reports/' + process.env.CROSSPAGE_RUN + '/results.json');
`;

const passes = runOf([passing]);
const fails = runOf(
  [
    testResult({
      titlePath: ['both (ways)'],
      outcome: 'failed',
      fault: 'assertion',
      attempts: [failedAttempt(failing('expect(page).toHold(pattern)', 'assertion'))],
    }),
  ],
  { status: 'failed' },
);

/** Runs one mutant, after the control, on a suite that ends like this; what it was asked to run. */
async function judge(
  info: TestInfo,
  results: readonly RunResult[],
): Promise<{ matrix: Matrix; asked: string[][] }> {
  const root = info.outputPath('project');
  const cli = join(root, 'node_modules/@playwright/test');
  mkdirSync(cli, { recursive: true });
  writeFileSync(join(cli, 'cli.js'), standIn);
  results.forEach((result, index) => {
    writeFileSync(join(root, `${index + 1}.json`), JSON.stringify(result));
  });
  const matrix = await runMutants({
    root,
    directory: join(root, 'reports/run'),
    mutants: [{ name: 'one', kind: 'console', what: 'a fault', env: {} }],
    tests: ['tests/all/'],
    first: ['tests/direct/'],
    progress: new Progress(),
    keep: () => undefined,
  });
  const lines = readFileSync(join(root, 'asked'), 'utf8').trim().split('\n');
  return { matrix, asked: lines.map((line) => (JSON.parse(line) as string[]).slice(2)) };
}

const control = ['-x', 'tests/all/'];
const direct = ['-x', 'tests/direct/'];
const again = [
  ...['-x', 'tests/shared-memory/owner-and-borrower.spec.ts'],
  ...['-g', 'both \\(ways\\)$'],
];

test('a failure of the first tests that comes again kills', async ({}, info) => {
  const { matrix, asked } = await judge(info, [passes, fails, fails]);

  expect(asked).toEqual([control, direct, again]);
  expect(matrix.mutants).toMatchObject([{ verdict: 'killed', report: 'mutants/one' }]);
});

test('what the first tests do not notice the whole suite may, and its reports are named', async ({}, info) => {
  const { matrix, asked } = await judge(info, [passes, passes, fails, fails]);

  expect(asked).toEqual([control, direct, control, again]);
  expect(matrix.mutants).toMatchObject([{ verdict: 'killed', report: 'mutants/one-2' }]);
});

test('a failure that does not come again is a false alarm, noted, and the suite is run again', async ({}, info) => {
  const { matrix } = await judge(info, [
    fails,
    passes,
    passes,
    passes,
    fails,
    passes,
    fails,
    fails,
  ]);
  const alarm = ['owner-and-borrower › both (ways): expect(page).toHold(pattern)'];

  expect(matrix.control).toMatchObject({ verdict: 'survived', unrepeated: alarm });
  expect(matrix.mutants).toMatchObject([{ verdict: 'killed', unrepeated: alarm }]);
});

test('failures that never come again are no verdict', async ({}, info) => {
  const { matrix } = await judge(info, [passes, fails, passes, fails, passes, fails, passes]);

  expect(matrix.mutants).toMatchObject([
    {
      verdict: 'no-verdict',
      problem: '3 failures, none of which came again: expect(page).toHold(pattern)',
    },
  ]);
});

test('a control that fails twice ends the run: no mutant is judged', async ({}, info) => {
  const { matrix, asked } = await judge(info, [fails, fails]);

  expect(asked).toHaveLength(2);
  expect(matrix).toMatchObject({ control: { verdict: 'killed' }, mutants: [] });
});
