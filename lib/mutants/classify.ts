// SPDX-License-Identifier: Apache-2.0
import { factKeys } from '../report/annotations.ts';
import { decidingError, headlineOf, isFailure } from '../report/faults.ts';
import type { AttemptResult, RunResult, TestResult } from '../report/model.ts';
import { testText } from '../report/wording.ts';
import type { SuiteVerdict } from './model.ts';

const endOf = ({ startedAt, durationMs }: AttemptResult): number =>
  Date.parse(startedAt) + durationMs;

function firstToEnd(tests: readonly TestResult[]): TestResult | undefined {
  const end = (test: TestResult): number => Math.min(...test.attempts.map(endOf));
  return tests.toSorted((a, b) => end(a) - end(b))[0];
}

function headline(test: TestResult): string {
  const error = decidingError(test.attempts.flatMap(({ errors }) => errors));
  return error === undefined ? 'failed without telling an error' : headlineOf(error);
}

const ran = ({ attempts }: TestResult): boolean =>
  attempts.some(({ status }) => status !== 'skipped' && status !== 'interrupted');

/** Anything that went wrong without being a failure of the subject. */
function problemOf(result: RunResult): Pick<SuiteVerdict, 'problem' | 'fault'> | undefined {
  const amiss = result.tests.filter(
    ({ outcome, attempts }) => outcome === 'error' && attempts.at(-1)?.status !== 'interrupted',
  );
  const [test] = amiss;
  const error = result.run.errors[0];
  const fault = test === undefined ? error?.fault : test.fault;
  const known = fault === 'misuse' || fault === 'environment' ? { fault } : {};
  if (test !== undefined) return { problem: `${testText(test)}: ${headline(test)}`, ...known };
  if (error !== undefined) return { problem: headlineOf(error), ...known };
  if (!result.tests.some(ran)) return { problem: 'no test ran', fault: 'environment' };
  return result.run.status === 'passed' ? undefined : { problem: `the run ${result.run.status}` };
}

/**
 * What a run of the suite says. Only a failure of an assertion or of the subject kills: an error
 * (a lost QEMU, a missing image, a time-out of the runner) proves nothing about the mutant.
 */
export function classifyRun(result: RunResult): SuiteVerdict {
  const tests = result.tests.filter(ran).length;
  const tookMs = result.run.durationMs;
  const killer = firstToEnd(result.tests.filter(({ outcome }) => outcome === 'failed'));
  if (killer !== undefined && isFailure(killer.fault)) {
    const fault = killer.fault === 'assertion' ? 'assertion' : 'subject';
    const { file, title } = killer;
    const mapped = killer.properties[factKeys.notAsPlanned] ?? [];
    const told = { message: headline(killer), mapped };
    const kill = { test: testText(killer), file, title, fault, ...told } as const;
    return { verdict: 'killed', kill, tests, tookMs };
  }
  const problem = problemOf(result);
  if (problem !== undefined) return { verdict: 'no-verdict', ...problem, tests, tookMs };
  return { verdict: 'survived', tests, tookMs };
}
