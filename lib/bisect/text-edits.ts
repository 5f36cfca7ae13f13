// SPDX-License-Identifier: Apache-2.0
import { replaceSpans, type Span } from '../import/xl-syntax.ts';
import type { Change, Has } from './change.ts';

/** A piece of a text, and what stands there instead. */
export interface TextEdit extends Span {
  readonly text: string;
}

/** What a mixture does to a text. */
export type TextMixer = (has: Has) => readonly TextEdit[];

/** In the order of the text; what is put in before what is taken out at the same place. */
const inOrder = (edits: readonly TextEdit[]): TextEdit[] =>
  edits.toSorted((a, b) => a.start - b.start || a.end - b.end);

/** The text with edits, which must not overlap. */
export const applyEdits = (text: string, edits: readonly TextEdit[]): string =>
  replaceSpans(text, inOrder(edits));

/** Each with its end: what differs in that alone differs. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** A line of a diff; of a file whose last line has no end, as diff(1) and git have it. */
const marked = (mark: string, line: string): string[] =>
  line.endsWith('\n')
    ? [`${mark}${line.slice(0, -1)}`]
    : [`${mark}${line}`, String.raw`\ No newline at end of file`];

/** `3` for one line, `3,2` for two, `2,0` for none behind line 2. */
export function lineRange(first: number, count: number): string {
  if (count === 1) return String(first);
  return count === 0 ? `${first - 1},0` : `${first},${count}`;
}

/** The two files of a diff, and the line of the second where that is known. */
export interface HunkFiles {
  readonly good: string;
  readonly bad: string;
  readonly badLine?: number | undefined;
  /** Of the first line of the text. Default 1. */
  readonly goodLine?: number | undefined;
}

/** Edits of neighbouring lines as a hunk of a unified diff, without lines that stay. */
export function hunkOfEdits(
  text: string,
  edits: readonly TextEdit[],
  { good, bad, badLine, goodLine = 1 }: HunkFiles,
): string[] {
  const sorted = inOrder(edits);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const start = text.lastIndexOf('\n', first.start - 1) + 1;
  const atLine = last.end === 0 || text[last.end - 1] === '\n';
  const wholeLines = atLine && (last.text === '' || last.text.endsWith('\n'));
  const next = text.indexOf('\n', last.end);
  const end = wholeLines ? last.end : next < 0 ? text.length : next + 1;
  const moved = sorted.map((edit) => ({
    ...edit,
    start: edit.start - start,
    end: edit.end - start,
  }));
  let old = linesOf(text.slice(start, end));
  let now = linesOf(applyEdits(text.slice(start, end), moved));
  let line = goodLine + text.slice(0, start).split('\n').length - 1;
  while (old.length > 0 && now.length > 0 && old[0] === now[0]) {
    [old, now] = [old.slice(1), now.slice(1)];
    line++;
  }
  while (old.length > 0 && now.length > 0 && old.at(-1) === now.at(-1))
    [old, now] = [old.slice(0, -1), now.slice(0, -1)];
  return [
    `--- ${good}`,
    `+++ ${bad}`,
    `@@ -${lineRange(line, old.length)} +${lineRange(badLine ?? line, now.length)} @@`,
    ...old.flatMap((one) => marked('-', one)),
    ...now.flatMap((one) => marked('+', one)),
  ];
}

/** Gives each of the changes that a mixer makes of a text its hunk. */
export function addHunks(
  changes: Change[],
  from: number,
  mixer: TextMixer,
  text: string,
  files: HunkFiles,
): void {
  for (let number = from; number < changes.length; number++) {
    const change = changes[number];
    if (change === undefined || change.hunk !== undefined) continue;
    const badLine = change.bad?.place?.line;
    const edits = mixer((one) => one === number);
    changes[number] = { ...change, hunk: hunkOfEdits(text, edits, { ...files, badLine }) };
  }
}
