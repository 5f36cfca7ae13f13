// SPDX-License-Identifier: Apache-2.0
/** Files of assignments, `name = value`: what differs between two, in the text of the first. */
import type { Where } from '../import/where.ts';
import type { Span } from '../import/xl-syntax.ts';
import type { SourceText } from '../support/source-text.ts';
import type { Change, ChangeKind, Has } from './change.ts';
import { mixCommandLine } from './command-line.ts';
import { interleaved } from './order.ts';
import { addHunks, applyEdits, type TextEdit, type TextMixer } from './text-edits.ts';

/** An assignment, with what comes to the same in another spelling. */
export interface Statement {
  readonly name: string;
  /** Of all of it, and of its value with its quotes or brackets. */
  readonly span: Span;
  readonly value: Span;
  /** How it assigns: `=` or `+=`. */
  readonly operator: string;
  /** The value; the same for the same. */
  readonly says: string;
  readonly where: Where;
}

/** A file as its assignments. */
export interface StatementFile {
  readonly source: SourceText;
  readonly statements: readonly Statement[];
}

/** Two files that are compared, and the changes that were found so far. */
export interface Statements {
  readonly good: StatementFile;
  readonly bad: StatementFile;
  readonly changes: Change[];
}

/** Adds a change; returns whether a mixture has it. */
export function note(
  { changes }: Pick<Statements, 'changes'>,
  change: Change,
): (has: Has) => boolean {
  const number = changes.push(change) - 1;
  return (has) => has(number);
}

type Keyed = ReadonlyMap<string, Statement>;

/** By name; the second of a name is `name#2`, for the last one counts or adds to those before. */
function byKey(statements: readonly Statement[]): Map<string, Statement> {
  const found = new Map<string, Statement>();
  for (const statement of statements) {
    let key = statement.name;
    for (let count = 2; found.has(key); count++) key = `${statement.name}#${count}`;
    found.set(key, statement);
  }
  return found;
}

const slice = ({ source }: StatementFile, { start, end }: Span): string =>
  source.text.slice(start, end);

/** Behind the end of the line that an offset is on. */
function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** An assignment goes with its line, where nothing else but a comment stands there. */
function removal({ source: { text } }: StatementFile, { start, end }: Span): TextEdit {
  const first = text.lastIndexOf('\n', start - 1) + 1;
  const next = nextLine(text, end);
  const alone =
    text.slice(first, start).trim() === '' && /^\s*(?:[;#].*)?\s*$/.test(text.slice(end, next));
  return alone ? { start: first, end: next, text: '' } : { start, end, text: '' };
}

/**
 * Where what only the bad file has is put into the good one: behind the line of what stands before it
 * in both, and behind what assigns to the same name before it.
 */
function placesOf({ good }: Statements, first: Keyed, second: Keyed): Map<string, number> {
  const { text } = good.source;
  const places = new Map<string, number>();
  const behind = new Map<string, number>();
  let at = 0;
  for (const [key, { name }] of second) {
    const there = first.get(key);
    if (there !== undefined) at = nextLine(text, there.span.end);
    const place = Math.max(at, behind.get(name) ?? 0);
    places.set(key, place);
    behind.set(name, place);
  }
  return places;
}

function addition({ good, bad }: Statements, added: Statement, at: number): TextEdit {
  const open = at > 0 && good.source.text[at - 1] !== '\n';
  return { start: at, end: at, text: `${open ? '\n' : ''}${slice(bad, added.span)}\n` };
}

/** A command line in quotes, each argument by itself; undefined where it is not that plain. */
export function mixQuoted(
  statements: Statements,
  good: Statement,
  bad: Statement,
): TextMixer | undefined {
  const plain = /^(["'])([^\\$"']*)\1$/;
  const [from, to] = [
    plain.exec(slice(statements.good, good.value))?.[2],
    plain.exec(slice(statements.bad, bad.value))?.[2],
  ];
  if (from === undefined || to === undefined) return undefined;
  const mixer = mixCommandLine(from, to, (change) =>
    note(statements, { ...change, what: good.name, good: good.where, bad: bad.where }),
  );
  const { start, end } = good.value;
  return (
    mixer &&
    ((has) =>
      mixer(has).map(() => ({
        ...{ start: start + 1, end: end - 1 },
        text: applyEdits(from, mixer(has)),
      })))
  );
}

/** How the values of an assignment that both files have differ; undefined: only as a whole. */
export type Refine = (
  statements: Statements,
  good: Statement,
  bad: Statement,
) => TextMixer | undefined;

/** An edit that a change of its own makes, or does not. */
function single(statements: Statements, change: Change, edit: TextEdit): TextMixer {
  const has = note(statements, change);
  return (chosen) => (has(chosen) ? [edit] : []);
}

function mixOne(
  statements: Statements,
  good: Statement | undefined,
  bad: Statement | undefined,
  at: number,
  refine: Refine,
): TextMixer {
  const shown = (file: StatementFile, one: Statement | undefined): string | undefined =>
    one && slice(file, one.value);
  const change = (kind: ChangeKind): Change => ({
    kind,
    what: (bad ?? good)?.name ?? '',
    from: shown(statements.good, good),
    to: shown(statements.bad, bad),
    good: good?.where,
    bad: bad?.where,
  });
  if (good === undefined)
    return bad === undefined
      ? () => []
      : single(statements, change('key added'), addition(statements, bad, at));
  if (bad === undefined)
    return single(statements, change('key removed'), removal(statements.good, good.span));
  const operator = good.operator === bad.operator;
  if (operator && good.says === bad.says) return () => [];
  const refined = operator ? refine(statements, good, bad) : undefined;
  if (refined !== undefined) return refined;
  const [there, instead] = operator ? [good.value, bad.value] : [good.span, bad.span];
  const text = slice(statements.bad, instead);
  return single(statements, change('key changed'), { ...there, text });
}

/**
 * What differs between two files of assignments, each change by itself, and what a mixture does to
 * the text of the good one: all that did not change stays as it is written there.
 */
export function compareStatements(statements: Statements, refine: Refine): TextMixer {
  const { good, bad, changes } = statements;
  const [first, second] = [byKey(good.statements), byKey(bad.statements)];
  const places = placesOf(statements, first, second);
  const files = { good: good.source.file, bad: bad.source.file };
  const mixers = new Map<string, TextMixer>();
  for (const key of interleaved([...first.keys()], [...second.keys()])) {
    const from = changes.length;
    const at = places.get(key) ?? 0;
    const mixer = mixOne(statements, first.get(key), second.get(key), at, refine);
    addHunks(changes, from, mixer, good.source.text, files);
    mixers.set(key, mixer);
  }
  // What is put in at one place is put in in the order of the bad file.
  const ordered = [...new Set([...second.keys(), ...first.keys()])];
  return (has) => ordered.flatMap((key) => mixers.get(key)?.(has) ?? []);
}
