// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path';
import { decidingError, headlineOf, isFailure, isSkip, typeOf } from './faults.ts';
import type { AttachmentResult, AttemptResult, ErrorResult, TestResult } from './model.ts';
import { withoutMarks, xmlText } from './xml-text.ts';

/**
 * How attachments are referred to: as GitLab reads them, relative to the project's directory; as
 * Jenkins' junit-attachments does, absolute; or not at all.
 */
export type AttachmentMode = 'gitlab' | 'jenkins' | 'none';

/** Where things lie, for the paths in the file. */
export interface JunitPlace {
  readonly attachments: AttachmentMode;
  /** The project's directory, absolute. */
  readonly root: string;
  /** The run's directory, absolute. */
  readonly directory: string;
}

/** An element in the form of xml2js: attributes, text, children by name. */
export interface Element {
  $?: Record<string, string>;
  _?: string;
  [child: string]: Element | Element[] | string | Record<string, string> | undefined;
}

/** Seconds with three decimals at most: the XSDs take no more. */
export function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

/** Escapes the values of attributes. */
export function attributes(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, xmlText(value)]));
}

function bodyOf({ name, message, stack = '' }: ErrorResult): string {
  return stack.includes(message) ? stack : `${name}: ${message}\n${stack}`.trimEnd();
}

const nothingTold: ErrorResult = { name: 'Error', message: 'failed without telling an error' };

interface Told {
  $: { message: string; type: string };
  body: string;
}

function tellErrors(errors: readonly ErrorResult[]): Told {
  const first = decidingError(errors) ?? nothingTold;
  const bodies = (errors.length === 0 ? [nothingTold] : errors).map(bodyOf);
  return {
    $: { message: xmlText(headlineOf(first)), type: xmlText(typeOf(first)) },
    body: xmlText(bodies.join('\n\n')),
  };
}

/** The `<failure>` or `<error>` of errors; which of them, their fault decides. */
export function problemOf(errors: readonly ErrorResult[]): Element {
  const { $, body } = tellErrors(errors);
  const element = isFailure(decidingError(errors)?.fault) ? 'failure' : 'error';
  return { [element]: { $, _: body } };
}

function reference(attachment: AttachmentResult, place: JunitPlace): string {
  const { path, problem } = attachment;
  const name = withoutMarks(attachment.name);
  if (path === undefined) return `attachment ${name} was not kept: ${problem ?? 'unknown'}`;
  const absolute = posix.join(place.directory, path);
  const told = place.attachments === 'jenkins' ? absolute : posix.relative(place.root, absolute);
  // A directory above the run may be called what no reader takes.
  if (/[[\]|\n]/.test(told)) return `attachment ${name}: ${encodeURI(told)}`;
  return `[[ATTACHMENT|${told}]]`;
}

function references(attempt: AttemptResult, place: JunitPlace): string[] {
  if (place.attachments === 'none') return [];
  return [...new Set(attempt.attachments.map((attachment) => reference(attachment, place)))];
}

/** Attempts before the last: flaky if the test passed in the end, rerun if it did not. */
function earlierAttempts(test: TestResult, place: JunitPlace): Element {
  const children: Record<string, Element[]> = {};
  const prefix = test.outcome === 'failed' || test.outcome === 'error' ? 'rerun' : 'flaky';
  for (const attempt of test.attempts.slice(0, -1)) {
    if (attempt.errors.length === 0) continue;
    const { $, body } = tellErrors(attempt.errors);
    const element = `${prefix}${isFailure(attempt.fault) ? 'Failure' : 'Error'}`;
    const lines = references(attempt, place);
    const child: Element = { $, stackTrace: body };
    if (lines.length > 0) child['system-out'] = xmlText(lines.join('\n'));
    (children[element] ??= []).push(child);
  }
  return children;
}

/** Where the test stands, its facts, what it printed, and its evidence, a line each. */
function outputOf(test: TestResult, place: JunitPlace): string {
  const last = test.attempts.at(-1);
  const facts = Object.entries(test.properties).flatMap(([key, values]) =>
    values.map((value) => `[[PROPERTY|${key}=${withoutMarks(value).replaceAll(/\s+/g, ' ')}]]`),
  );
  const lines = [`${test.file}:${test.line}:${test.column}`, ...facts];
  // By it a reader that is given a result twice knows it.
  if (last !== undefined) lines.push(`[[PROPERTY|result-id=${last.id}]]`);
  if (test.outcome === 'expected-failure')
    lines.push(...(last?.errors ?? []).map((error) => `failed as expected: ${headlineOf(error)}`));
  if (last?.stdout !== undefined) lines.push(withoutMarks(last.stdout.trimEnd()));
  if (last !== undefined) lines.push(...references(last, place));
  return xmlText(lines.join('\n'));
}

function verdictOf(test: TestResult): Element {
  const { outcome, skipKind, skipReason } = test;
  if (isSkip(outcome))
    return { skipped: { $: attributes({ message: skipReason ?? '', type: skipKind ?? 'skip' }) } };
  const amiss = outcome === 'failed' || outcome === 'error';
  return amiss ? problemOf(test.attempts.at(-1)?.errors ?? []) : {};
}

/** `<testcase>`: its verdict, its earlier attempts, its output. */
export function testcaseOf(test: TestResult, place: JunitPlace): Element {
  const stem = test.file.replace(/(?:\.(?:spec|test))?\.[cm]?[jt]sx?$/, '');
  const names = [test.project, stem.replaceAll('/', '.')].filter((name) => name !== '');
  const stderr = test.attempts.at(-1)?.stderr;
  return {
    $: attributes({
      name: test.titlePath.join(' › '),
      classname: names.join('.'),
      time: seconds(test.attempts.at(-1)?.durationMs ?? 0),
    }),
    ...verdictOf(test),
    ...earlierAttempts(test, place),
    'system-out': outputOf(test, place),
    ...(stderr !== undefined && { 'system-err': xmlText(withoutMarks(stderr)) }),
  };
}
