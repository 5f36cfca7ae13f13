// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Question } from '../bisect/observation.ts';
import {
  type BisectReport,
  describeChange,
  effortRow,
  hunkOf,
  othersRow,
  percent,
  proofRows,
  titleOf,
} from '../bisect/format.ts';
import type { RevisionResult } from '../bisect/revisions.ts';
import type { Tally } from '../bisect/sequential-test.ts';
import type { AccountCause, AccountRuns, BisectionAccount } from '../report/bisection-account.ts';
import { bisectionHtml } from '../report/bisection-html.ts';
import { bisectionJunit } from '../report/bisection-junit.ts';
import { writeReports } from '../report/write-reports.ts';
import { EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';

/** Files in which what was found out is told besides. */
export interface ReportFiles {
  readonly junit?: string;
  readonly html?: string;
}

/**
 * Before anything is run: what was found out in an hour shall not be lost for a wrong path.
 * @throws MisuseError for a file that cannot be written.
 */
export function checkReportFiles({ junit, html }: ReportFiles): void {
  for (const [option, file] of Object.entries({ junit, html })) {
    if (file === undefined) continue;
    const refuse = (what: string, cause?: unknown): never => {
      throw new MisuseError(
        { who: `--${option} ${file}`, what, remedy: 'name a file that you may write' },
        { cause },
      );
    };
    try {
      mkdirSync(dirname(resolve(file)), { recursive: true });
      accessSync(existsSync(file) ? file : dirname(resolve(file)), constants.W_OK);
    } catch (error) {
      refuse(`cannot be written: ${messageOf(error)}`, error);
    }
    if (existsSync(file) && statSync(file).isDirectory()) refuse('is a directory');
    // What is put in its place would be a file.
    if (existsSync(file) && !statSync(file).isFile()) refuse('is no regular file');
  }
}

/** Writes a report; what went wrong, if anything. */
function writeReportFile(option: string, file: string, content: string): Error | undefined {
  try {
    // Where it is a link, what it leads to is written.
    const place = existsSync(file) ? realpathSync(file) : resolve(file);
    writeReports(dirname(place), { [basename(place)]: content });
    return undefined;
  } catch (error) {
    return new EnvironmentError(
      {
        who: `--${option} ${file}`,
        what: 'could not be written; the answer is above',
        lastSeen: error instanceof EnvironmentError ? error.story.what : messageOf(error),
        remedy:
          'make room there, or name another file, and give the command again: it is answered from what is known',
      },
      { cause: error },
    );
  }
}

/**
 * Tells what was found out: the answer to standard output, then the files that were asked for;
 * `named` calls places as the user does.
 * @throws EnvironmentError for a file that could not be written, once all else is told.
 */
export function tellAnswer(
  answer: string,
  { junit, html }: ReportFiles,
  account: BisectionAccount,
  named: (text: string) => string = (text) => text,
): void {
  process.stdout.write(answer);
  const errors = [
    junit === undefined ? [] : writeReportFile('junit', junit, named(bisectionJunit(account))),
    html === undefined ? [] : writeReportFile('html', html, named(bisectionHtml(account))),
  ].flatMap((error) => error ?? []);
  const [first, second] = errors;
  if (second !== undefined) process.stderr.write(`${second.message}\n`);
  if (first !== undefined) throw first;
}

/** What was asked, for the reports. */
export interface Asked {
  /** `bisect config`. */
  readonly verb: string;
  readonly question: Question;
  /** What it was booted with: the board, the hypervisor, QEMU. */
  readonly booted: readonly (readonly [name: string, value: string])[];
  readonly notes: readonly string[];
}

function askedRows(
  { question, booted }: Asked,
  good: string,
  bad: string,
): (readonly [string, string])[] {
  const { tests, expected } = question;
  return [
    ['good end', good],
    ['bad end', bad],
    ['has to work', tests.length === 0 ? 'all that works in the good end' : tests.join(', ')],
    ['sharings', expected.join('; ')],
    ...booted,
  ];
}

function endRows(
  { good, bad }: { readonly good: Tally; readonly bad: Tally },
  names: { readonly good: string; readonly bad: string },
): AccountRuns[] {
  return [
    { what: `good end ${names.good}`, verdict: 'good', ...good },
    { what: `bad end ${names.bad}`, verdict: 'bad', ...bad },
  ];
}

const startOf = (tookMs: number): string => new Date(Date.now() - tookMs).toISOString();

function answerOf(causes: readonly AccountCause[], changes: number): string {
  const [cause, ...more] = causes;
  if (more.length > 0)
    return `${causes.length} causes, each enough by itself, of ${changes} changes`;
  const [item, ...together] = cause?.items ?? [];
  const [what = ''] = item?.what.split('\n') ?? [];
  return together.length === 0 ? `what breaks it: ${what}` : (cause?.title ?? '');
}

/** A minimised difference as it is reported. */
export function accountOfChanges(report: BisectReport, asked: Asked): BisectionAccount {
  const { good, bad, changes, result, evidence, textOf, files, tookMs } = report;
  const causes = result.causes.map((cause, index) => ({
    title: titleOf(cause.changes.length, changes.length),
    items: cause.changes
      .flatMap((number) => changes[number] ?? [])
      .map((change) => ({ what: describeChange(change), lines: hunkOf(change, textOf, files) })),
    faults: cause.faults,
    proof: proofRows(cause),
    evidence: evidence[index],
  }));
  return {
    verb: asked.verb,
    answer: answerOf(causes, changes.length),
    asked: askedRows(asked, good, bad),
    ends: endRows(result.ends, { good, bad }),
    causes,
    rest: { verdict: result.others, text: othersRow(report) },
    between: changes.map((change, number) => {
      const cause = result.causes.findIndex((one) => one.changes.includes(number));
      return { what: describeChange(change), cause: cause < 0 ? undefined : cause };
    }),
    steps: result.trail.map(({ tally, ...step }) => ({ ...step, ...tally })),
    notes: asked.notes,
    effort: effortRow(report),
    startedAt: startOf(tookMs),
    tookMs,
  };
}

/** How sure the first bad one of a list is, in a row. */
export const sureRow = ({ confidence, flaky }: RevisionResult): string =>
  `that it was good before is sure to ${percent(confidence)}${flaky ? ', since what is bad is not always bad' : ''}`;

/** Of revisions or versions, the first bad one as it is reported; `told` describes each of `commits`. */
export function accountOfRevisions(
  result: RevisionResult,
  told: readonly string[],
  what: { readonly good: string; readonly bad: string; readonly kind: string },
  asked: Asked & { readonly tookMs: number; readonly effort: string },
): BisectionAccount {
  const { good, bad, kind } = what;
  const several = told.length > 1;
  const title = several
    ? `the first bad ${kind} is one of ${told.length}`
    : `the first bad ${kind}`;
  const [first = ''] = told[0]?.split('\n') ?? [];
  return {
    verb: asked.verb,
    answer: several ? title : `${title} is ${first}`,
    asked: askedRows(asked, good, bad),
    ends: endRows(result.ends, { good, bad }),
    causes: [
      {
        title,
        items: told.map((text) => {
          const [heading = '', ...lines] = text.split('\n');
          return { what: heading, lines };
        }),
        faults: result.faults,
        proof: [sureRow(result)],
      },
    ],
    steps: result.trail.map(({ tally, ...step }) => ({ ...step, ...tally })),
    notes: asked.notes,
    effort: asked.effort,
    startedAt: startOf(asked.tookMs),
    tookMs: asked.tookMs,
  };
}
