// SPDX-License-Identifier: Apache-2.0
import { type RevisionResult, shortName } from '../bisect/revisions.ts';
import { formatSeconds } from '../host/progress.ts';
import {
  accountOfRevisions,
  type Asked,
  type ReportFiles,
  sureRow,
  tellAnswer,
} from './bisect-account.ts';

/** What was bisected that lies in a list: commits, versions. */
export interface Listed extends ReportFiles {
  readonly format: string;
  /** What the user called the ends. */
  readonly good: string;
  readonly bad: string;
}

const rowOf = (text: string): string => text.split('\n')[0] ?? '';

function formatRevisions(
  result: RevisionResult,
  told: readonly string[],
  kind: string,
  effort: string,
): string {
  const { faults, skipped } = result;
  const heading =
    told.length === 1 ? `the first bad ${kind}` : `the first bad ${kind} is one of ${told.length}`;
  const rows = [
    heading,
    ...told.flatMap((text) => ['', text]),
    '',
    ...faults.flatMap(({ assertion, message }) => [
      `not so: ${assertion}`,
      ...message.split('; ').map((part) => `  ${part}`),
    ]),
    ...skipped.map(({ commit, why }) => `skipped ${shortName(commit)}: ${rowOf(why)}`),
    sureRow(result),
    effort,
  ];
  return rows.join('\n');
}

/** Tells the first bad one of a list: to standard output, and in the files that are wanted. */
export function tellRevisions(
  result: RevisionResult,
  told: readonly string[],
  options: Listed,
  asked: Asked & { readonly kind: string; readonly tookMs: number },
): void {
  const { kind, tookMs, notes } = asked;
  const { steps, runs } = result;
  const effort = `${steps} ${kind}s between the ends, ${runs.runs} boots, ${runs.known} known from before; ${formatSeconds(tookMs)}`;
  const { good, bad } = options;
  const answer =
    options.format === 'json'
      ? `${JSON.stringify({ schemaVersion: 1, ...result, notes, tookMs: Math.round(tookMs) }, undefined, 2)}\n`
      : `\n${[formatRevisions(result, told, kind, effort), ...notes].join('\n')}\n`;
  const account = accountOfRevisions(result, told, { good, bad, kind }, { ...asked, effort });
  tellAnswer(answer, options, account);
}
