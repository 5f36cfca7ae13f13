// SPDX-License-Identifier: Apache-2.0
/** What failed nothing and may fail something soon. */
import { factKeys } from './annotations.ts';
import type { TestResult } from './model.ts';
import { durationText, testText } from './wording.ts';

/** A test that has used more of its time than this is told of: a limit is looked into, not raised. */
export const tightShare = 0.8;

/** The longest attempt of a test that ended by itself, if it came close to the test's time-out. */
function nearTimeout({ timeoutMs = 0, attempts }: TestResult): number | undefined {
  const ended = attempts.filter(({ status }) => status === 'passed' || status === 'failed');
  const longest = Math.max(0, ...ended.map(({ durationMs }) => durationMs));
  return timeoutMs > 0 && longest > tightShare * timeoutMs ? longest : undefined;
}

const told = [
  [factKeys.nearBudget, 'close to its budget: '],
  [factKeys.consoleWarning, 'on its console: '],
  [factKeys.lineDamage, 'its line is damaged: '],
] as const;

/** A line for each thing, the same thing once for a project. */
export function worthALook(tests: readonly TestResult[]): string[] {
  const tight = tests.flatMap((test) => {
    const longest = nearTimeout(test);
    if (longest === undefined) return [];
    const took = `${durationText(longest)} of ${durationText(test.timeoutMs ?? 0)}`;
    return [`${test.project}  ${testText(test)}: close to its time-out, ${took}`];
  });
  const facts = tests.flatMap(({ project, attempts }) =>
    attempts.flatMap((attempt) =>
      told.flatMap(([key, what]) =>
        (attempt.facts[key] ?? []).map((value) => `${project}  ${what}${value}`),
      ),
    ),
  );
  return [...tight, ...new Set(facts)];
}
