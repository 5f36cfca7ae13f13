// SPDX-License-Identifier: Apache-2.0
import type { Written } from '../import/where.ts';
import { Lines, type SourceText } from '../support/source-text.ts';
import type { Edit, Finding } from './finding.ts';

/** The edit that puts `text` in the place of a value, where both are known for certain. */
export function replaced(
  written: Written | undefined,
  text: string | undefined,
): Pick<Finding, 'edit'> {
  // A comment in a value would be lost, and what it says may be why it is so.
  if (written === undefined || text === undefined || /\/[*/]/.test(written.text)) return {};
  const { file, start, end } = written;
  return { edit: { file, start, end, text } };
}

/** The words of `<a b c>` as they are written; undefined for a value of another form. */
export function wordsOf(written: Written | undefined): string[] | undefined {
  const inner = /^<\s*([\w\s]+?)\s*>$/.exec(written?.text ?? '')?.[1];
  return inner?.split(/\s+/);
}

/** A file as it is, and as it is to be. */
export interface MendedFile {
  readonly source: SourceText;
  readonly text: string;
  /** In the order of the file; none overlaps another. */
  readonly edits: readonly Edit[];
}

/** Edits of one file that do not touch each other: of two that do, the first. */
function apart(edits: readonly Edit[]): Edit[] {
  const kept: Edit[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start >= (kept.at(-1)?.end ?? 0)) kept.push(edit);
  }
  return kept;
}

function applied(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** The files that findings know how to mend, mended. */
export function mend(findings: readonly Finding[], texts: readonly SourceText[]): MendedFile[] {
  const wanted = findings.flatMap(({ edit }) => (edit === undefined ? [] : [edit]));
  return texts.flatMap((source, index) => {
    if (texts.findIndex(({ file }) => file === source.file) !== index) return [];
    const edits = apart(wanted.filter(({ file }) => file === source.file));
    if (edits.length === 0) return [];
    return [{ source, edits, text: applied(source.text, edits) }];
  });
}

/** One hunk without context: lines `first` to `last` of the old text, which `edits` change. */
function hunk(
  { source: { text } }: MendedFile,
  lines: Lines,
  [first, last]: readonly [number, number],
  edits: readonly Edit[],
  shift: number,
): { readonly text: string; readonly shift: number } {
  const start = lines.offset({ line: first, column: 1 });
  const old = text.slice(start, lines.offset({ line: last, column: 1 }) + lines.text(last).length);
  const moved = edits.map((edit) => ({
    ...edit,
    start: edit.start - start,
    end: edit.end - start,
  }));
  const [before, after] = [old.split('\n'), applied(old, moved).split('\n')];
  const body = [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)];
  const head = `@@ -${first},${before.length} +${first + shift},${after.length} @@`;
  return {
    text: `${[head, ...body].join('\n')}\n`,
    shift: shift + after.length - before.length,
  };
}

/** What changes, as `patch` takes it. */
export function describeMended(file: MendedFile): string {
  const lines = new Lines(file.source);
  const groups: { range: [number, number]; edits: Edit[] }[] = [];
  for (const edit of file.edits) {
    const [first, last] = [lines.place(edit.start).line, lines.place(edit.end).line];
    const group = groups.at(-1);
    if (group !== undefined && first <= group.range[1]) {
      group.range[1] = Math.max(last, group.range[1]);
      group.edits.push(edit);
    } else groups.push({ range: [first, last], edits: [edit] });
  }
  let diff = `--- ${file.source.file}\n+++ ${file.source.file}\n`;
  let shift = 0;
  for (const { range, edits } of groups) {
    const next = hunk(file, lines, range, edits, shift);
    diff += next.text;
    shift = next.shift;
  }
  return diff;
}
