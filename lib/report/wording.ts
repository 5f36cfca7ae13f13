// SPDX-License-Identifier: Apache-2.0
/** How the terminal names things: durations, tests, errors. */
import { posix } from 'node:path';
import { terminalText } from './xml-text.ts';
import type { AttemptResult, ErrorResult, RunResult, TestResult } from './model.ts';

/** `212 ms`, `3.4 s`, `2 min 5 s`. */
export function durationText(durationMs: number): string {
  const whole = Math.round(durationMs);
  if (whole < 1000) return `${whole} ms`;
  if (whole < 60_000) return `${(whole / 1000).toFixed(1)} s`;
  const wholeSeconds = Math.round(whole / 1000);
  return `${Math.floor(wholeSeconds / 60)} min ${wholeSeconds % 60} s`;
}

/** `owner-and-borrower › the borrower reads every word`: the file's stem and the titles. */
export function testText({ file, titlePath }: Pick<TestResult, 'file' | 'titlePath'>): string {
  const stem = posix.basename(file).replace(/(?:\.(?:spec|test))?\.[cm]?[jt]sx?$/, '');
  return terminalText([stem, ...titlePath].join(' › '));
}

/** Every line of `text` with `by` before it; empty lines stay empty. */
export function indent(text: string, by: string): string {
  return text.replaceAll(/^(?=.)/gm, by);
}

/** What is known of an error, as text: whose fault, the whole message, the place in the test. */
export function errorText(error: ErrorResult): string {
  const { name, message, snippet, location } = error;
  const head = name === 'Error' ? message : `${name}: ${message}`;
  const at = location && `at ${location.file}:${location.line}:${location.column}`;
  const parts = [head.trimEnd(), snippet === undefined ? undefined : `\n${snippet}`, at];
  return terminalText(parts.filter((part) => part !== undefined).join('\n'));
}

/** Where the evidence of an attempt lies: a path for each attachment. */
export function evidencePaths(attempt: AttemptResult, directory: string): string[] {
  const paths = attempt.attachments.map(({ name, path, problem }) =>
    path === undefined
      ? `${name} was not kept: ${problem ?? 'unknown'}`
      : posix.join(directory, path),
  );
  return [...new Set(paths)];
}

/** How many passed, failed and were skipped; together with the flaky ones, all there are. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly flaky: number;
}

/** Counts outcomes. An error outside of any test counts as a failure, lest the run look clean. */
export function tallyOf({ run, tests }: Pick<RunResult, 'run' | 'tests'>): Tally {
  const those = (...outcomes: TestResult['outcome'][]): number =>
    tests.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    passed: those('passed', 'expected-failure'),
    failed: those('failed', 'error') + run.errors.length,
    skipped: those('skipped', 'blocked', 'not-run'),
    flaky: those('flaky'),
  };
}
