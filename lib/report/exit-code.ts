// SPDX-License-Identifier: Apache-2.0
/** The exit code of a run: whose fault it is, for a script and for a bisection. */
import type { RunResult } from './model.ts';

/** What a process that ran tests exits with. */
export const exitCodes = {
  passed: 0,
  /** The subject failed, or nothing tells whose fault it is. */
  failed: 1,
  misuse: 2,
  environment: 3,
  /** Tests could not be tried: no board in time. */
  blocked: 4,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

/**
 * The exit code of a run. When several things went wrong, a failure of the subject is told before
 * misuse, misuse before the environment, and that before what was blocked: a failure is never
 * hidden behind a busy board.
 */
export function exitCodeOf(result: Pick<RunResult, 'run' | 'tests'>): number {
  const { run, tests } = result;
  if (run.status === 'interrupted') return exitCodes.interrupted;
  const unexpected = tests.filter(({ outcome }) =>
    ['failed', 'error', 'blocked'].includes(outcome),
  );
  const faults = unexpected.map(({ fault }) => fault);
  for (const error of run.errors) faults.push(error.fault);
  const others: readonly (string | undefined)[] = ['misuse', 'environment', 'blocked'];
  if (faults.some((fault) => !others.includes(fault))) return exitCodes.failed;
  if (faults.includes('misuse')) return exitCodes.misuse;
  if (faults.includes('environment')) return exitCodes.environment;
  if (faults.includes('blocked')) return exitCodes.blocked;
  return run.status === 'passed' ? exitCodes.passed : exitCodes.failed;
}

/**
 * What Playwright's own exit code becomes. Only its 1, "something failed", is made more exact:
 * 130 after Ctrl-C and the codes of a crash of Node stay.
 */
export function refineExitCode(playwrights: number, ours: number): number {
  if (playwrights !== exitCodes.failed) return playwrights;
  return ours === exitCodes.passed ? exitCodes.failed : ours;
}
