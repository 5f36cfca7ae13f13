// SPDX-License-Identifier: Apache-2.0
import { stripVTControlCharacters } from 'node:util';
import type { TestCase, TestResult as PlaywrightResult } from '@playwright/test/reporter';
import { factKeys } from './annotations.ts';
import { convertError } from './convert-error.ts';
import { factsOf } from './facts.ts';
import { decidingError } from './faults.ts';
import { identityOf } from './identity.ts';
import { keepAttachment } from './keep-attachment.ts';
import type { AttemptResult, ErrorResult } from './model.ts';

/** Where a run lives. */
export interface RunPlace {
  readonly id: string;
  /** Of the machine that it runs on: two labs may have runs of one name. */
  readonly host: string;
  /** The project's root: files are told relative to it. */
  readonly root: string;
  /** The run's own directory, absolute. */
  readonly directory: string;
}

const statuses = {
  passed: 'passed',
  failed: 'failed',
  timedOut: 'timed-out',
  skipped: 'skipped',
  interrupted: 'interrupted',
} as const;

/** What Playwright leaves unsaid: that the run was interrupted, that a failure stayed away. */
function unsaid(test: TestCase, result: PlaywrightResult): ErrorResult[] {
  if (result.status === 'interrupted')
    return [
      {
        name: 'Interrupted',
        message: 'the run was interrupted while this test ran',
        fault: 'environment',
      },
    ];
  if (result.status === 'passed' && test.expectedStatus === 'failed')
    return [
      { name: 'UnexpectedPass', message: 'expected to fail, but passed', fault: 'assertion' },
    ];
  return [];
}

/** GitLab shows the first attachment only: Playwright's own account of the error goes last. */
function evidenceFirst(
  attachments: PlaywrightResult['attachments'],
): PlaywrightResult['attachments'] {
  const isContext = ({ name }: { readonly name: string }): boolean => name === 'error-context';
  return [...attachments.filter((one) => !isContext(one)), ...attachments.filter(isContext)];
}

function textOf(chunks: readonly (string | Buffer)[]): string | undefined {
  if (chunks.length === 0) return undefined;
  return stripVTControlCharacters(chunks.map((chunk) => chunk.toString()).join(''));
}

/** One attempt of the test `testId` as a value, its attachments kept in the run's directory. */
export function convertAttempt(
  test: TestCase,
  result: PlaywrightResult,
  testId: string,
  place: RunPlace,
): AttemptResult {
  const facts = factsOf(result.annotations);
  const configuration = facts[factKeys.configSha256] ?? [];
  const id = identityOf(place.id, place.host, ...configuration, testId, result.retry);
  const thrown = result.errors.map((error) => convertError(error, place.root));
  const errors = [...unsaid(test, result), ...thrown];
  const fault = decidingError(errors)?.fault;
  const stdout = textOf(result.stdout);
  const stderr = textOf(result.stderr);
  return {
    id,
    startedAt: result.startTime.toISOString(),
    durationMs: Math.max(0, result.duration),
    status: statuses[result.status],
    ...(fault && { fault }),
    errors,
    attachments: evidenceFirst(result.attachments).map((attachment, index) =>
      keepAttachment(attachment, place.directory, `${id}-${index}`),
    ),
    facts,
    ...(stdout !== undefined && { stdout }),
    ...(stderr !== undefined && { stderr }),
  };
}
