// SPDX-License-Identifier: Apache-2.0
import type { Has } from './change.ts';
import { interleaved, sameOrder } from './order.ts';
import { applyEdits, type TextEdit, type TextMixer } from './text-edits.ts';

/** A word of a command line and where it stands there. */
interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Words by what they set; `a=1 b a=2` has the keys a, b, a#2. */
function byKey(line: string): Map<string, Word> {
  const found = new Map<string, Word>();
  for (const { 0: text, index: start } of line.matchAll(/\S+/g)) {
    const name = text.split('=', 1)[0] ?? '';
    let key = name;
    for (let count = 2; found.has(key); count++) key = `${name}#${count}`;
    found.set(key, { text, start, end: start + text.length });
  }
  return found;
}

/** What became of an argument. */
export interface ArgumentChange {
  readonly kind: 'argument added' | 'argument removed' | 'argument changed';
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** A word goes with the blanks before it. */
function removal(line: string, { start, end }: Word): TextEdit {
  const before = /\s*$/.exec(line.slice(0, start))?.[0].length ?? 0;
  return { start: start - before, end, text: '' };
}

/**
 * What a mixture does to a command line, each argument by itself; undefined where arguments change
 * places too.
 * @param note takes a change; returns whether a mixture has it.
 */
export function mixCommandLine(
  good: string,
  bad: string,
  note: (change: ArgumentChange) => (has: Has) => boolean,
): TextMixer | undefined {
  const [before, after] = [byKey(good), byKey(bad)];
  if (!sameOrder([...before.keys()], [...after.keys()])) return undefined;
  let behind: Word | undefined;
  const mixers = interleaved([...before.keys()], [...after.keys()]).map((key): TextMixer => {
    const [from, to] = [before.get(key), after.get(key)];
    const neighbour = behind;
    behind = from ?? behind;
    if (from?.text === to?.text) return () => [];
    const kind =
      from === undefined
        ? 'argument added'
        : to === undefined
          ? 'argument removed'
          : 'argument changed';
    const has = note({ kind, from: from?.text, to: to?.text });
    const text = to?.text ?? '';
    let edit: TextEdit;
    if (from !== undefined) edit = to === undefined ? removal(good, from) : { ...from, text };
    else if (neighbour === undefined)
      edit = { start: 0, end: 0, text: before.size === 0 ? text : `${text} ` };
    else edit = { start: neighbour.end, end: neighbour.end, text: ` ${text}` };
    return (chosen) => (has(chosen) ? [edit] : []);
  });
  return (has) => {
    const edits = mixers.flatMap((mixer) => mixer(has));
    if (edits.length === 0) return [];
    return [{ start: 0, end: good.length, text: applyEdits(good, edits).trim() }];
  };
}
