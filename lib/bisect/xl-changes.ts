// SPDX-License-Identifier: Apache-2.0
import { plainValue } from '../import/xl-config-of.ts';
import type { Where } from '../import/where.ts';
import type { XlFile, XlList, XlSetting, XlSyntaxValue } from '../import/xl-syntax.ts';
import type { Change, Has } from './change.ts';
import { interleaved, sameOrder } from './order.ts';
import {
  compareStatements,
  mixQuoted,
  note,
  type Statement,
  type Statements,
} from './statements.ts';
import type { TextMixer } from './text-edits.ts';

/** Options that are command lines of a kernel (xl.cfg(5)). */
const commandLines = ['extra', 'cmdline'];

const saysOf = (value: XlSyntaxValue): string => JSON.stringify(plainValue(value));

function whereOf(file: XlFile, { place }: { place: XlSetting['place'] }): Where {
  return { file: place.file, place, line: file.lines.text(place.line) };
}

function statementOf(file: XlFile, setting: XlSetting): Statement {
  const { name, operator, value, place } = setting;
  return {
    name,
    operator,
    value,
    span: { start: file.lines.offset(place), end: value.end },
    says: saysOf(value),
    where: whereOf(file, setting),
  };
}

/** What an entry is about, so that it is the same entry with another value. */
function subjectOf(option: string, value: XlSyntaxValue): string {
  const text = value.kind === 'atom' ? value.text : saysOf(value);
  if (option === 'static_shm') return /(?:^|,)\s*(id=[^,]*)/.exec(text)?.[1]?.trim() ?? text;
  if (option === 'iomem') return /^\s*(?:0x)?([^,]*)/.exec(text)?.[1] ?? text;
  return text;
}

/** Entries by what they are about; the second of a kind is `kind#2`. */
function byKey(option: string, list: XlList): Map<string, XlSyntaxValue> {
  const found = new Map<string, XlSyntaxValue>();
  for (const item of list.items) {
    const subject = subjectOf(option, item);
    let key = subject;
    for (let count = 2; found.has(key); count++) key = `${subject}#${count}`;
    found.set(key, item);
  }
  return found;
}

/** Two lists with the same entries under the same keys, as far as that goes. */
interface Lists {
  readonly option: string;
  readonly good: { readonly file: XlFile; readonly list: XlList };
  readonly bad: { readonly file: XlFile; readonly list: XlList };
}

/** What is alone in each, at the same place: it is the same entry, of which all has changed. */
function paired(
  good: ReadonlyMap<string, XlSyntaxValue>,
  bad: ReadonlyMap<string, XlSyntaxValue>,
): Map<string, XlSyntaxValue> {
  const gone = [...good.keys()].filter((key) => !bad.has(key));
  const come = [...bad.keys()].filter((key) => !good.has(key));
  const [only] = gone;
  const place = [...good.keys()].indexOf(only ?? '');
  if (
    gone.length !== 1 ||
    come.length !== 1 ||
    only === undefined ||
    [...bad.keys()].indexOf(come[0] ?? '') !== place
  )
    return new Map(bad);
  return new Map([...bad].map(([key, item]) => [key === come[0] ? only : key, item]));
}

/** An entry's text in a mixture; the index of what it is in the good list. */
type Entry = (has: Has) => { readonly text: string; readonly index: number } | undefined;

function mixEntry(
  statements: Statements,
  { option, good, bad }: Lists,
  from: XlSyntaxValue | undefined,
  to: XlSyntaxValue | undefined,
): Entry {
  const text = (file: XlFile, { start, end }: XlSyntaxValue): string =>
    file.source.text.slice(start, end);
  const index = from === undefined ? -1 : good.list.items.indexOf(from);
  const [first, second] = [
    from && { text: text(good.file, from), index },
    to && { text: text(bad.file, to), index },
  ];
  if (from !== undefined && to !== undefined && saysOf(from) === saysOf(to)) return () => first;
  const change: Change = {
    kind: from === undefined ? 'entry added' : to === undefined ? 'entry removed' : 'entry changed',
    what: option,
    from: first?.text,
    to: second?.text,
    good: whereOf(good.file, from ?? good.list),
    bad: whereOf(bad.file, to ?? bad.list),
  };
  const has = note(statements, change);
  return (chosen) => (has(chosen) ? second : first);
}

/** What stands before the first entry, between them and behind the last one, as it is written. */
function layoutOf({ file, list }: Lists['good']): {
  readonly lead: string;
  readonly between: readonly string[];
  readonly usual: string;
  readonly tail: string;
} {
  const { text } = file.source;
  const { items, start, end } = list;
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined)
    return { lead: '[ ', between: [], usual: ', ', tail: ' ]' };
  const between = items.slice(1).map((item, index) => {
    return text.slice(items[index]?.end ?? start, item.start);
  });
  const usual = between[0]?.includes('#') === false ? between[0] : ', ';
  const [lead, tail] = [text.slice(start, first.start), text.slice(last.end, end)];
  return { lead, between, usual, tail };
}

/** What stands behind the last entry of a mixture: a comment on its line stays. */
function closing(last: number | undefined, between: readonly string[], tail: string): string {
  if (last === undefined) return tail.replace(/^\s*,/, '');
  const behind = between[last];
  if (behind === undefined || !behind.includes('\n')) return tail;
  return behind.replace(/[ \t]*$/, '') + tail.slice(tail.lastIndexOf('\n') + 1);
}

/** Lists whose entries change each by itself; undefined where they change places too. */
function mixLists(statements: Statements, lists: Lists): TextMixer | undefined {
  const { option, good, bad } = lists;
  const before = byKey(option, good.list);
  const after = paired(before, byKey(option, bad.list));
  if (!sameOrder([...before.keys()], [...after.keys()])) return undefined;
  const entries = interleaved([...before.keys()], [...after.keys()]).map((key) =>
    mixEntry(statements, lists, before.get(key), after.get(key)),
  );
  const { lead, between, usual, tail } = layoutOf(good);
  const { start, end } = good.list;
  const isOwn = ({ text, index }: { text: string; index: number }): boolean => {
    const own = good.list.items[index];
    return own !== undefined && text === good.file.source.text.slice(own.start, own.end);
  };
  return (has) => {
    const chosen = entries.flatMap((entry) => entry(has) ?? []);
    if (good.list.items.length === chosen.length && chosen.every(isOwn)) return [];
    let text = lead;
    chosen.forEach(({ text: item, index }, at) => {
      const last = chosen[at - 1]?.index ?? -1;
      const kept = last >= 0 && index === last + 1 ? between[last] : undefined;
      text += at === 0 ? item : (kept ?? usual) + item;
    });
    text += closing(chosen.at(-1)?.index, between, tail);
    return [{ start, end, text }];
  };
}

/** What differs between two xl configuration files: keys, entries of lists, arguments. */
export function compareXl(good: XlFile, bad: XlFile, changes: Change[]): TextMixer {
  const fileOf = (file: XlFile): Statements['good'] => ({
    source: file.source,
    statements: file.settings.map((setting) => statementOf(file, setting)),
  });
  const valueOf = (file: XlFile, { value }: Statement): XlSyntaxValue | undefined =>
    file.settings.find((setting) => setting.value.start === value.start)?.value;
  const statements: Statements = { good: fileOf(good), bad: fileOf(bad), changes };
  return compareStatements(statements, (of, from, to) => {
    const [first, second] = [valueOf(good, from), valueOf(bad, to)];
    if (first?.kind === 'list' && second?.kind === 'list')
      return mixLists(of, {
        option: from.name,
        good: { file: good, list: first },
        bad: { file: bad, list: second },
      });
    return commandLines.includes(from.name) ? mixQuoted(of, from, to) : undefined;
  });
}
