// SPDX-License-Identifier: Apache-2.0
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { identityOf } from '../report/identity.ts';
import { junitOf } from '../report/junit.ts';
import type { ErrorResult, RunResult, TestResult } from '../report/model.ts';
import { pointLatest, writeReports } from '../report/write-reports.ts';
import type { Matrix, MatrixRow, SuiteVerdict } from './model.ts';
import { exitCodeOfMatrix } from './verdict.ts';

type Judged = Pick<TestResult, 'outcome'> & { readonly error?: ErrorResult; reason?: string };

function controlJudged({ verdict, kill, problem, fault }: SuiteVerdict): Judged {
  if (verdict === 'survived') return { outcome: 'passed' };
  const message = `the suite does not pass on what was not mutated: ${kill?.message ?? problem ?? ''}`;
  if (verdict === 'killed')
    return { outcome: 'failed', error: { name: 'Control', message, fault: kill?.fault } };
  return { outcome: 'error', error: { name: 'Control', message, fault } };
}

function judged({ verdict, survives, what, problem, fault }: MatrixRow): Judged {
  if (verdict === 'killed' && survives !== undefined) {
    const message = `was killed, although: ${survives.argument}`;
    return { outcome: 'failed', error: { name: 'Refuted', message, fault: 'assertion' } };
  }
  if (verdict === 'killed') return { outcome: 'passed' };
  if (verdict === 'no-verdict') {
    const message = `no verdict: ${problem ?? ''}`;
    return { outcome: 'error', error: { name: 'NoVerdict', message, fault } };
  }
  if (survives !== undefined)
    return { outcome: 'skipped', reason: `${survives.because}: ${survives.argument}` };
  const message = `no test fails although ${what}`;
  return { outcome: 'failed', error: { name: 'Survivor', message, fault: 'assertion' } };
}

function testOf(title: string, file: string, tookMs: number, from: Judged, at: string): TestResult {
  const { outcome, error, reason } = from;
  const status = { passed: 'passed', skipped: 'skipped' } as const;
  return {
    id: identityOf('mutants', file, title),
    title,
    titlePath: [title],
    file,
    line: 1,
    column: 1,
    project: 'mutants',
    tags: [],
    capabilities: { required: [], missing: [] },
    outcome,
    ...(error?.fault && { fault: error.fault }),
    ...(reason !== undefined && { skipKind: 'skip', skipReason: reason }),
    attempts: [
      {
        id: identityOf('mutants', file, title, 0),
        startedAt: at,
        durationMs: tookMs,
        status: outcome === 'passed' || outcome === 'skipped' ? status[outcome] : 'failed',
        errors: error === undefined ? [] : [error],
        attachments: [],
        facts: {},
      },
    ],
    properties: {},
  };
}

/** The matrix as a run: each mutant a test, which a survivor fails. */
export function runOfMatrix(matrix: Matrix, id: string): RunResult {
  const { control, mutants, startedAt, durationMs, seed } = matrix;
  const tests = mutants.map((row) => {
    const { kill } = row;
    const title = kill === undefined ? row.name : `${row.name}: killed by ${kill.test}`;
    return testOf(title, `mutants/${row.kind}`, row.tookMs, judged(row), startedAt);
  });
  if (control !== undefined)
    tests.unshift(testOf('control', 'mutants', control.tookMs, controlJudged(control), startedAt));
  return {
    schemaVersion: 1,
    run: {
      id,
      startedAt,
      durationMs,
      status: exitCodeOfMatrix(matrix) === 0 ? 'passed' : 'failed',
      ...(seed !== undefined && { seed }),
      command: 'crosspage mutants',
      exitCode: exitCodeOfMatrix(matrix),
      host: {
        name: hostname(),
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
      },
      tools: {},
      errors: [],
    },
    projects: [],
    mechanisms: [],
    tests,
  };
}

/**
 * Writes `mutants.json` and `junit.xml` into the directory of the run.
 * @throws EnvironmentError for a full disk, a directory that is not writable, and the like.
 */
export function writeMatrix(matrix: Matrix, directory: string, root: string): void {
  const result = runOfMatrix(matrix, basename(directory));
  writeReports(directory, {
    'mutants.json': `${JSON.stringify(matrix, undefined, 2)}\n`,
    'junit.xml': junitOf(result, { attachments: 'none', root, directory }),
  });
  pointLatest(directory);
}
