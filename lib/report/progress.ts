// SPDX-License-Identifier: Apache-2.0
/** What the terminal shows of a test as soon as it ends. */
import { headlineOf } from './faults.ts';
import type { AttemptResult, TestResult } from './model.ts';
import type { Palette } from './palette.ts';
import { durationText, errorText, evidencePaths, indent, testText } from './wording.ts';

/** A test of which an attempt has just ended. */
export interface EndedAttempt {
  /** Counts the attempts that have ended, from 1. */
  readonly index: number;
  readonly test: TestResult;
  readonly attempt: AttemptResult;
  readonly willRetry: boolean;
  /** The run's directory, as the reader can open it. */
  readonly directory: string;
}

const verdicts: Record<TestResult['outcome'], readonly [string, keyof Palette]> = {
  passed: ['ok', 'good'],
  flaky: ['flaky', 'doubtful'],
  'expected-failure': ['xfail', 'good'],
  skipped: ['skip', 'doubtful'],
  blocked: ['blok', 'doubtful'],
  'not-run': ['skip', 'doubtful'],
  failed: ['FAIL', 'bad'],
  error: ['ERR', 'bad'],
};

function verdictOf({ test, willRetry }: EndedAttempt, palette: Palette): string {
  if (willRetry) return palette.doubtful('again');
  const [word, colour] = verdicts[test.outcome];
  return palette[colour](word.padStart(4));
}

function remarkOf({ test, attempt }: EndedAttempt): string {
  if (test.skipReason !== undefined) return test.skipReason;
  const [error] = attempt.errors;
  const expected = test.outcome === 'expected-failure' && error !== undefined;
  return expected ? `failed as expected: ${headlineOf(error)}` : durationText(attempt.durationMs);
}

/** One line; below it, of a failed attempt, the whole error and where its evidence lies. */
export function progressOf(ended: EndedAttempt, palette: Palette): string {
  const { index, test, attempt, willRetry, directory } = ended;
  const parts = [verdictOf(ended, palette), String(index).padStart(3), test.project];
  const line = `${parts.filter((part) => part !== '').join(' ')}  ${testText(test)}`;
  const lines = [`${line} ${palette.faint(`(${remarkOf(ended)})`)}`];
  if (willRetry || test.outcome === 'failed' || test.outcome === 'error') {
    const errors = attempt.errors.map((error) => indent(errorText(error), '       '));
    const evidence = evidencePaths(attempt, directory).map((path) => `       ${path}`);
    lines.push(
      ...[...errors, evidence.join('\n')].map((part) => (part === '' ? part : `\n${part}`)),
    );
    if (evidence.length > 0) lines.push('');
  }
  return `${lines.join('\n')}\n`;
}
