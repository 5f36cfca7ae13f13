// SPDX-License-Identifier: Apache-2.0
import { relative } from 'node:path';
import type { TestCase } from '@playwright/test/reporter';
import { factKeys } from './annotations.ts';
import { factsOf, wordsOf } from './facts.ts';
import { decidingError, headlineOf, isFailure } from './faults.ts';
import { identityOf } from './identity.ts';
import type { AttemptResult, FactValues, Outcome, TestResult } from './model.ts';

/** What names a test: the same in every run. */
export type TestIdentity = Pick<
  TestResult,
  'id' | 'title' | 'titlePath' | 'file' | 'line' | 'column' | 'project'
>;

/** Names `test`. Of a test that is repeated each repetition is a test of its own. */
export function identifyTest(test: TestCase, root: string): TestIdentity {
  const { line, column } = test.location;
  // Playwright's path begins with the root, the project and the file.
  const [, project = '', , ...titles] = test.titlePath();
  const { repeatEachIndex: repeat } = test;
  const titlePath = titles.map((title, index) =>
    repeat > 0 && index === titles.length - 1 ? `${title} (repetition ${repeat + 1})` : title,
  );
  const file = relative(root, test.location.file);
  const id = identityOf(project, file, ...titlePath);
  return { id, title: titlePath.at(-1) ?? test.title, titlePath, file, line, column, project };
}

function outcomeOf(test: TestCase, last: AttemptResult | undefined): Outcome {
  if (last === undefined) return 'not-run';
  if (last.status === 'interrupted') return 'error';
  if (last.fault === 'blocked') return 'blocked';
  // A board that is busy is no failure to be expected of the subject.
  const amiss = last.fault === 'misuse' || last.fault === 'environment';
  switch (test.outcome()) {
    case 'skipped':
      return test.expectedStatus === 'skipped' ? 'skipped' : 'not-run';
    case 'flaky':
      return 'flaky';
    case 'expected':
      if (last.status === 'passed') return 'passed';
      return amiss ? 'error' : 'expected-failure';
    case 'unexpected':
      return isFailure(last.fault) ? 'failed' : 'error';
  }
}

type Skip = Pick<TestResult, 'skipKind' | 'skipReason'>;

function skipOf(
  test: TestCase,
  outcome: Outcome,
  facts: FactValues,
  { whyNot, last }: { readonly whyNot: string; readonly last: AttemptResult | undefined },
): Skip {
  if (outcome === 'blocked') {
    const why = decidingError(last?.errors ?? []);
    return { skipKind: 'blocked', skipReason: why === undefined ? '' : headlineOf(why) };
  }
  if (outcome === 'not-run') return { skipKind: 'not-run', skipReason: whyNot };
  if (outcome !== 'skipped') return {};
  const annotations = [...(test.results.at(-1)?.annotations ?? []), ...test.annotations].filter(
    ({ type }) => type === 'skip' || type === 'fixme',
  );
  const told = annotations.find(({ description }) => description !== undefined) ?? annotations[0];
  const plainKind = told?.type === 'fixme' ? 'fixme' : 'skip';
  return {
    skipKind: factKeys.missing in facts ? 'missing-capability' : plainKind,
    skipReason: told?.description ?? 'no reason was given',
  };
}

/** A test with its attempts as a value. `whyNot` is why a test that did not run did not. */
export function convertTest(
  test: TestCase,
  identity: TestIdentity,
  attempts: AttemptResult[],
  whyNot: string,
): TestResult {
  const last = attempts.at(-1);
  const outcome = outcomeOf(test, last);
  const facts = last?.facts ?? factsOf(test.annotations);
  const amiss = outcome === 'failed' || outcome === 'error' || outcome === 'blocked';
  return {
    ...identity,
    tags: test.tags,
    capabilities: {
      required: wordsOf(facts, factKeys.requires),
      missing: wordsOf(facts, factKeys.missing),
    },
    outcome,
    ...(amiss && last?.fault && { fault: last.fault }),
    ...skipOf(test, outcome, facts, { whyNot, last }),
    timeoutMs: test.timeout,
    attempts,
    properties: facts,
  };
}
