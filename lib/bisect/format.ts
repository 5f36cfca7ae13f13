// SPDX-License-Identifier: Apache-2.0
import { describeWhere, type Where } from '../import/where.ts';
import { countText } from '../support/wording.ts';
import type { BisectResult, Proof, ProvenCause } from './bisection.ts';
import type { Change } from './change.ts';
import { type LineEnd, lineEndBehind, type LineSpan, statementAt } from './statement.ts';

/** What a file says; undefined for a blob. */
export type TextOf = (file: string) => string | undefined;

/** A bisection as it is told. */
export interface BisectReport {
  readonly good: string;
  readonly bad: string;
  readonly changes: readonly Change[];
  readonly result: BisectResult;
  readonly tookMs: number;
  /** Where the console of what fails is, for each cause. */
  readonly evidence: readonly (string | undefined)[];
  readonly textOf: TextOf;
  /** The device trees. */
  readonly files: { readonly good: string; readonly bad: string };
}

/** Lines of a node that is long are cut in the middle. */
const mostLines = 40;

function spanOf(where: Where | undefined, textOf: TextOf): LineSpan | undefined {
  if (where?.place === undefined) return undefined;
  const text = textOf(where.place.file);
  return text === undefined ? undefined : statementAt(text, where.place);
}

/** Where what only the bad end has goes in the good one. */
function insertionOf({ behind }: Change, textOf: TextOf): LineEnd | undefined {
  const text = behind?.where.place && textOf(behind.where.place.file);
  return text === undefined || behind === undefined ? undefined : lineEndBehind(text, behind);
}

const range = (
  span: LineSpan | undefined,
  other: LineSpan | undefined,
  place?: LineEnd,
): string => {
  if (span === undefined) return `${place?.line ?? Math.max((other?.first ?? 1) - 1, 0)},0`;
  return span.lines.length === 1 ? String(span.first) : `${span.first},${span.lines.length}`;
};

function marked(mark: string, span: LineSpan | undefined): string[] {
  const lines = (span?.lines ?? []).map((line) => `${mark}${line}`);
  if (lines.length <= mostLines) return lines;
  return [
    ...lines.slice(0, mostLines - 1),
    `${mark}... ${lines.length - mostLines + 1} lines more`,
  ];
}

/** A change as a hunk of a unified diff; from a blob, in words. */
export function hunkOf(
  change: Change,
  textOf: TextOf,
  files: { readonly good: string; readonly bad: string },
): string[] {
  if (change.hunk !== undefined) return [...change.hunk];
  const [good, bad] = [spanOf(change.good, textOf), spanOf(change.bad, textOf)];
  if (good === undefined && bad === undefined) {
    const values = [
      ...(change.from === undefined ? [] : [`-${change.from}`]),
      ...(change.to === undefined ? [] : [`+${change.to}`]),
    ];
    return values;
  }
  const place = good === undefined ? insertionOf(change, textOf) : undefined;
  return [
    `--- ${change.good?.file ?? place?.file ?? files.good}`,
    `+++ ${change.bad?.file ?? files.bad}`,
    `@@ -${range(good, bad, place)} +${range(bad, good)} @@`,
    ...marked('-', good),
    ...marked('+', bad),
  ];
}

/** `property changed: /chosen/domU1/shm@50000000: xen,shared-mem`. */
export function describeChange({ kind, what, from, to, good, bad }: Change): string {
  const words = kind.startsWith('argument') ? `, ${[from, to].filter(Boolean).join(' -> ')}` : '';
  const places = [good, bad].flatMap((where) =>
    where === undefined ? [] : [describeWhere(where)],
  );
  return `${kind}: ${what}${words}\n  ${places.join(' -> ')}`;
}

/** `99.5 %`; what is surer than that is not told as certain. */
export const percent = (share: number): string =>
  `${(100 * Math.min(share, 0.9999)).toFixed(share > 0.999 ? 2 : 1)} %`;

const passes = ({ passed, failed }: Proof['tally']): string =>
  failed === 0
    ? `passed ${passed} of ${passed} runs`
    : `failed ${failed} of ${passed + failed} runs`;

/** How it is known that a cause is one, and that nothing of it can be left out. */
export function proofRows({ changes, tally, needed }: ProvenCause): string[] {
  const { failed, passed } = tally;
  const alone = `with nothing else changed it failed ${failed} of ${failed + passed} runs`;
  const sure = needed.flatMap(({ confidence }) => confidence ?? []);
  const untried = needed.length - sure.length;
  const least = Math.min(...sure);
  const what = changes.length === 1 ? 'it is needed' : 'each of them is needed';
  return [
    alone,
    ...(sure.length === 0 ? [] : [`${what}: sure to ${percent(least)}`]),
    ...(untried === 0 ? [] : [`without ${untried} of them nothing can be tried`]),
  ];
}

/** What a cause of so many changes is called. */
export const titleOf = (guilty: number, all: number): string => {
  const count = `${guilty} of ${countText(all, 'change')}`;
  return guilty === 1
    ? `this change alone breaks it (${count})`
    : `these changes together break it (${count})`;
};

function causeRows(
  cause: ProvenCause,
  index: number,
  { changes: all, evidence, textOf, files }: BisectReport,
): string[] {
  const { changes, faults } = cause;
  const guilty = changes.flatMap((number) => all[number] ?? []);
  return [
    titleOf(guilty.length, all.length),
    ...guilty.flatMap((change) => ['', describeChange(change), ...hunkOf(change, textOf, files)]),
    '',
    ...faults.flatMap(({ assertion, message }) => [
      `not so: ${assertion}`,
      ...message.split('; ').map((part) => `  ${part}`),
    ]),
    ...proofRows(cause),
    ...(evidence[index] === undefined ? [] : [`evidence: ${evidence[index]}`]),
    '',
  ];
}

/** What is known of all changes that are in no cause. */
export function othersRow({ changes, result }: BisectReport): string {
  const guilty = new Set(result.causes.flatMap((cause) => cause.changes));
  const left = changes.length - guilty.size;
  if (left === 0) return 'there is no other change';
  const { tally, confidence } = result.innocence;
  const [who, is, they] =
    left === 1
      ? ['the other change', 'it is', 'it']
      : [`the other ${left} changes`, 'each is', 'they'];
  if (result.others === 'good') {
    const together = left === 1 ? who : `${who}, all together,`;
    return `${together} ${passes(tally)}: ${is} innocent, sure to ${percent(confidence ?? 0)}`;
  }
  const [fault] = result.otherFaults;
  const why = fault === undefined ? '' : `: not so: ${fault.assertion}`;
  return `of ${who} nothing is known: without those above ${they} cannot be tried${why}`;
}

/** How many runs it took, and how long. */
export function effortRow({ result, tookMs, changes }: BisectReport): string {
  const { runs, endRuns, rates } = result;
  const between = runs.runs + runs.known - endRuns.runs - endRuns.known;
  const flaky = result.flaky
    ? `; the bad end fails in ${(100 * rates.bad).toFixed(0)} % of its runs`
    : '';
  const parts = [
    `${countText(endRuns.runs + endRuns.known, 'run')} of the ends`,
    `${between} between them (log2 of ${changes.length} is ${Math.log2(changes.length).toFixed(1)})`,
    ...(runs.known > 0 ? [`${runs.known} of them known from before`] : []),
    ...(runs.spoilt > 0 ? [`${runs.spoilt} spoilt by the environment`] : []),
  ];
  return `${parts.join(', ')}; ${(tookMs / 1000).toFixed(1)} s${flaky}`;
}

/** What a bisection found out, for people. */
export function formatBisect(report: BisectReport): string {
  const { result } = report;
  const rows = [
    ...(result.causes.length > 1
      ? [`${result.causes.length} causes, each enough by itself`, '']
      : []),
    ...result.causes.flatMap((cause, index) => causeRows(cause, index, report)),
    othersRow(report),
    effortRow(report),
  ];
  return `${rows.join('\n')}\n`;
}

const placeOf = (where: Where | undefined): object | undefined =>
  where && {
    file: where.file,
    line: where.place?.line,
    column: where.place?.column,
    path: where.path,
  };

/** The same for programs. */
export function bisectAsJson(report: BisectReport): string {
  const { good, bad, changes, result, tookMs, evidence, textOf, files } = report;
  const told = (change: Change): object => ({
    ...change,
    good: placeOf(change.good),
    bad: placeOf(change.bad),
    diff: hunkOf(change, textOf, files),
  });
  const value = {
    schemaVersion: 1,
    good,
    bad,
    changes: changes.length,
    causes: result.causes.map((cause, index) => ({
      changes: cause.changes.flatMap((number) =>
        changes[number] === undefined ? [] : [told(changes[number])],
      ),
      faults: cause.faults,
      runs: cause.tally,
      needed: cause.needed,
      evidence: evidence[index],
    })),
    others: { ...result.innocence, faults: result.otherFaults },
    ends: result.ends,
    flaky: result.flaky,
    failureRates: result.rates,
    runs: { ends: result.endRuns, all: result.runs },
    steps: result.steps,
    trail: result.trail,
    tookMs: Math.round(tookMs),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
