// SPDX-License-Identifier: Apache-2.0
import type { Where } from '../import/where.ts';
import { Lines, type SourceText } from '../support/source-text.ts';
import type { Change, ChangeKind } from './change.ts';
import { note } from './statements.ts';
import { addHunks, linesOf, type TextEdit, type TextMixer } from './text-edits.ts';

/** Lines of both texts that stand in the place of one another, from 0. */
interface LinePair {
  readonly good: readonly [from: number, to: number];
  readonly bad: readonly [from: number, to: number];
}

/** Of lines, one of each text. */
const mostPairs = 4_000_000;

/** Lengths of the longest common subsequences of what is behind each pair of lines. */
function commonLengths(good: readonly string[], bad: readonly string[]): number[][] {
  const lengths = Array.from({ length: good.length + 1 }, () =>
    Array<number>(bad.length + 1).fill(0),
  );
  for (let a = good.length - 1; a >= 0; a--)
    for (let b = bad.length - 1; b >= 0; b--) {
      const [row, below] = [lengths[a] ?? [], lengths[a + 1] ?? []];
      row[b] =
        good[a] === bad[b] ? 1 + (below[b + 1] ?? 0) : Math.max(below[b] ?? 0, row[b + 1] ?? 0);
    }
  return lengths;
}

/** Where two texts differ: line by line, and what one has more than the other. */
export function differingLines(good: readonly string[], bad: readonly string[]): LinePair[] {
  const shorter = Math.min(good.length, bad.length);
  let begin = 0;
  while (begin < shorter && good[begin] === bad[begin]) begin++;
  let end = 0;
  while (end < shorter - begin && good.at(-1 - end) === bad.at(-1 - end)) end++;
  const inner = (lines: readonly string[]): readonly string[] =>
    lines.slice(begin, lines.length - end);
  const moved = ([from, to]: readonly [number, number]): readonly [number, number] => [
    from + begin,
    to + begin,
  ];
  return differingWithin(inner(good), inner(bad)).map((pair) => ({
    good: moved(pair.good),
    bad: moved(pair.bad),
  }));
}

/** {@link differingLines} of texts that neither begin nor end alike. */
function differingWithin(good: readonly string[], bad: readonly string[]): LinePair[] {
  // A table of all pairs would not fit into memory: one change then.
  if (good.length * bad.length > mostPairs)
    return [{ good: [0, good.length], bad: [0, bad.length] }];
  const lengths = commonLengths(good, bad);
  const pairs: LinePair[] = [];
  let [a, b] = [0, 0];
  while (a < good.length || b < bad.length) {
    const [from, begin] = [a, b];
    while ((a < good.length || b < bad.length) && good[a] !== bad[b]) {
      const down = lengths[a + 1]?.[b] ?? -1;
      if (a < good.length && down >= (lengths[a]?.[b + 1] ?? -1)) a++;
      else b++;
    }
    const both = Math.min(a - from, b - begin);
    for (let line = 0; line < both; line++)
      pairs.push({ good: [from + line, from + line + 1], bad: [begin + line, begin + line + 1] });
    if (a - from !== b - begin) pairs.push({ good: [from + both, a], bad: [begin + both, b] });
    while (a < good.length && b < bad.length && good[a] === bad[b]) {
      a++;
      b++;
    }
  }
  return pairs;
}

const kindOf = (gone: number, come: number): ChangeKind =>
  gone === 0 ? 'lines added' : come === 0 ? 'lines removed' : 'lines changed';

function whereOf(source: SourceText, line: number): Where {
  const place = { file: source.file, line: line + 1, column: 1, length: 1 };
  return { file: source.file, place, line: new Lines(source).text(place.line) };
}

/** A last line that has no end is one change with what comes or goes behind it: else they would run together. */
function endTogether(pairs: readonly LinePair[], ...texts: readonly string[]): readonly LinePair[] {
  const [before, last] = pairs.slice(-2);
  if (before === undefined || last === undefined || texts.every((text) => text.endsWith('\n')))
    return pairs;
  if (before.good[1] !== last.good[0] || before.bad[1] !== last.bad[0]) return pairs;
  const both: LinePair = {
    good: [before.good[0], last.good[1]],
    bad: [before.bad[0], last.bad[1]],
  };
  return [...pairs.slice(0, -2), both];
}

/** What differs between two texts of which nothing is known but their lines. */
export function compareLines(good: SourceText, bad: SourceText, changes: Change[]): TextMixer {
  const [first, second] = [linesOf(good.text), linesOf(bad.text)];
  const offset = (line: number): number => first.slice(0, line).join('').length;
  const pairs = endTogether(differingLines(first, second), good.text, bad.text);
  const mixers = pairs.map(({ good: [a, b], bad: [c, d] }): TextMixer => {
    const from = changes.length;
    const has = note(
      { changes },
      {
        kind: kindOf(b - a, d - c),
        what: `line ${b > a ? a + 1 : c + 1}`,
        good: b > a ? whereOf(good, a) : undefined,
        bad: d > c ? whereOf(bad, c) : undefined,
      },
    );
    const edit: TextEdit = {
      ...{ start: offset(a), end: offset(b) },
      text: second.slice(c, d).join(''),
    };
    const mixer: TextMixer = (chosen) => (has(chosen) ? [edit] : []);
    addHunks(changes, from, mixer, good.text, { good: good.file, bad: bad.file });
    return mixer;
  });
  return (has) => mixers.flatMap((mixer) => mixer(has));
}
