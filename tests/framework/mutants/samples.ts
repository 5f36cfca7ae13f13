// SPDX-License-Identifier: Apache-2.0
import type { Matrix, MatrixRow } from '../../../lib/mutants/model.ts';
import type { AttemptResult, ErrorResult, RunResult } from '../../../lib/report/model.ts';
import { attempt, sampleRun, testResult } from '../report/sample-run.ts';

/** An error with a fault, as the reporter hands it over. */
export const failing = (message: string, fault?: ErrorResult['fault']): ErrorResult => ({
  name: fault === 'environment' ? 'EnvironmentError' : 'Error',
  message,
  ...(fault && { fault }),
});

/** An attempt that failed with `error`, `endsAtMs` after the run's start. */
export const failedAttempt = (error: ErrorResult, endsAtMs = 0): AttemptResult =>
  attempt({
    status: 'failed',
    startedAt: new Date(Date.parse('2026-11-24T09:52:56.250Z') + endsAtMs).toISOString(),
    durationMs: 0,
    errors: [error],
    ...(error.fault && { fault: error.fault }),
  });

/** A run of these tests. */
export const runOf = (
  tests: RunResult['tests'],
  changes: Partial<RunResult['run']> = {},
): RunResult => ({
  ...sampleRun,
  run: { ...sampleRun.run, errors: [], status: 'passed', durationMs: 1500, ...changes },
  tests,
});

export const passing = testResult({ titlePath: ['passes'] });

/** A row of a matrix: killed, but for what `changes` says. */
export const row = (changes: Partial<MatrixRow> = {}): MatrixRow => ({
  name: 'borrower-read-only',
  kind: 'hypervisor',
  what: 'a borrower cannot write',
  verdict: 'killed',
  kill: {
    test: 'owner-and-borrower › the owner reads every word the borrower wrote',
    file: 'tests/shared-memory/owner-and-borrower.spec.ts',
    title: 'the owner reads every word the borrower wrote',
    fault: 'assertion',
    message: 'expect(page).toHold(pattern)',
    mapped: [],
  },
  tests: 3,
  tookMs: 1234,
  report: 'mutants/borrower-read-only',
  ...changes,
});

/** A survivor. */
export const survivor = (changes: Partial<MatrixRow> = {}): MatrixRow => {
  const { name, verdict, ...rest } = {
    ...row(),
    name: 'tree-wrong-size',
    verdict: 'survived',
  } as const;
  const alive: MatrixRow = { ...rest, name, verdict, ...changes };
  delete alive.kill;
  return alive;
};

/** A mutant that could not be judged. */
export const unjudged = (fault?: MatrixRow['fault']): MatrixRow =>
  survivor({ name: 'lost', verdict: 'no-verdict', problem: 'QEMU ended', ...(fault && { fault }) });

/** A matrix of these rows, its control passed. */
export const matrixOf = (mutants: MatrixRow[], changes: Partial<Matrix> = {}): Matrix => ({
  schemaVersion: 1,
  startedAt: '2026-11-24T09:52:56.250Z',
  durationMs: 60_000,
  tests: [],
  control: { verdict: 'survived', tests: 68, tookMs: 30_000, report: 'mutants/control' },
  mutants,
  ...changes,
});
