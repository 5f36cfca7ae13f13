// SPDX-License-Identifier: Apache-2.0
/**
 * The syntax of xl's configuration files, with the place of everything
 * (tools/libs/util/libxlu_cfg_l.l and libxlu_cfg_y.y).
 */
import { Lines, type Place, type SourceProblem, type SourceText } from '../support/source-text.ts';
import { type Token, XlLexer } from './xl-lexer.ts';

/** A value: a string or number as its text, or a list. */
export type XlSyntaxValue = XlAtom | XlList;

/** Offsets of something in its text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A string or a number: to xl, both are text until somebody asks for a number. */
export interface XlAtom extends Span {
  readonly kind: 'atom';
  readonly text: string;
  readonly place: Place;
}

export interface XlList extends Span {
  readonly kind: 'list';
  readonly items: readonly XlSyntaxValue[];
  readonly place: Place;
}

/** `name = value` or `name += value`. */
export interface XlSetting {
  readonly name: string;
  /** Of the name. */
  readonly place: Place;
  readonly operator: '=' | '+=';
  readonly value: XlSyntaxValue;
}

/** A file as it is written. */
export interface XlFile {
  readonly source: SourceText;
  readonly lines: Lines;
  /** In the order of the file. */
  readonly settings: readonly XlSetting[];
  /** What xl's own parser refuses; a line with an error is left out of the settings. */
  readonly problems: readonly SourceProblem[];
}

/** Thrown inside of the parser, for the line that it is in. */
class Unexpected extends Error {
  readonly token: Token;
  readonly expected: string;
  constructor(token: Token, expected: string) {
    super(expected);
    this.token = token;
    this.expected = expected;
  }
}

class Parser {
  readonly settings: XlSetting[] = [];
  readonly problems: SourceProblem[] = [];
  readonly #tokens: readonly Token[];
  readonly #lines: Lines;
  #at = 0;

  constructor(tokens: readonly Token[], lines: Lines) {
    this.#tokens = tokens;
    this.#lines = lines;
  }

  /** Statements, each ended by a line end or `;`. After an error it goes on at the next line. */
  file(): void {
    while (this.#peek().kind !== 'end') {
      try {
        this.#statement();
      } catch (error) {
        if (!(error instanceof Unexpected)) throw error;
        const { token, expected } = error;
        const what = token.fault ?? `${token.shown} stands where ${expected} is expected`;
        this.problems.push(this.#lines.problem(what, token.start, token.end - token.start));
        while (!['newline', 'end'].includes(this.#peek().kind)) this.#at++;
      }
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', start: 0, end: 0, text: '', shown: 'the end' };
  }

  #take(kind: Token['kind'], expected: string): Token {
    const token = this.#peek();
    if (token.kind !== kind) throw new Unexpected(token, expected);
    this.#at++;
    return token;
  }

  #statement(): void {
    if (this.#peek().kind === 'newline' || this.#peek().kind === ';') {
      this.#at++;
      return;
    }
    const name = this.#take('identifier', 'the name of an option');
    const operator = this.#peek().kind;
    if (operator !== '=' && operator !== '+=') throw new Unexpected(this.#peek(), '"=" or "+="');
    this.#at++;
    const value = this.#value();
    if (!['newline', ';', 'end'].includes(this.#peek().kind))
      throw new Unexpected(this.#peek(), 'the end of the line or ";"');
    const place = this.#lines.place(name.start, name.end - name.start);
    this.settings.push({ name: name.text, place, operator, value });
  }

  #value(): XlSyntaxValue {
    const token = this.#peek();
    if (token.kind === '[') return this.#list();
    if (token.kind !== 'string' && token.kind !== 'number')
      throw new Unexpected(token, 'a string in quotes, a number or a list');
    this.#at++;
    const { start, end, text } = token;
    return { kind: 'atom', text, start, end, place: this.#lines.place(start, end - start) };
  }

  /** Line ends count for nothing inside; a comma may stand behind the last item. */
  #list(): XlList {
    const { start } = this.#take('[', '"["');
    const items: XlSyntaxValue[] = [];
    this.#skipLines();
    while (this.#peek().kind !== ']') {
      items.push(this.#value());
      this.#skipLines();
      if (this.#peek().kind === ']') break;
      this.#take(',', '"," or "]"');
      this.#skipLines();
    }
    const { end } = this.#take(']', '"]"');
    return { kind: 'list', items, start, end, place: this.#lines.place(start, end - start) };
  }

  #skipLines(): void {
    while (this.#peek().kind === 'newline') this.#at++;
  }
}

/** Reads a file; what is wrong in it is in `problems`. */
export function parseXl(source: SourceText): XlFile {
  const lines = new Lines(source);
  const lexer = new XlLexer(source.text);
  const parser = new Parser(lexer.tokens(), lines);
  parser.file();
  const { settings, problems } = parser;
  const { dosEnd, openComment } = lexer;
  problems.push(...unjoined(settings, lines));
  if (openComment !== undefined)
    problems.push({
      ...lines.problem(
        'a comment on a last line that has no line end: xl reads no such file',
        openComment,
        source.text.length - openComment,
      ),
      fix: 'end the line',
    });
  if (dosEnd !== undefined)
    problems.unshift({
      ...lines.problem('DOS line ends: xl reads no such file', dosEnd),
      fix: `dos2unix ${source.file}`,
    });
  return { source, lines, settings, problems };
}

/**
 * What an option comes to, as xl finds it: of several assignments the last counts, `+=` puts a list
 * behind a list or a text behind a text (libxlu_cfg.c, xlu__cfg_set_store). Undefined where the
 * file has none.
 */
export function settingOf(file: XlFile, name: string): XlSetting | undefined {
  return file.settings
    .filter((setting) => setting.name === name)
    .reduce<XlSetting | undefined>((before, next) => {
      if (before === undefined || next.operator === '=') return next;
      return { ...next, operator: '=', value: joined(before.value, next.value) };
    }, undefined);
}

/** Lists that a text is added to, and the reverse: xl refuses the file (xlu__cfg_concat_vals). */
function unjoined(settings: readonly XlSetting[], lines: Lines): SourceProblem[] {
  return settings.flatMap(({ name, operator, value }, index) => {
    const before = settings.slice(0, index).findLast((one) => one.name === name)?.value;
    if (operator !== '+=' || before === undefined || before.kind === value.kind) return [];
    const [added, there] =
      value.kind === 'list' ? ['a list', 'one value'] : ['one value', 'a list'];
    const what = `+= adds ${added} to ${name}, which is ${there}: xl reads no such file`;
    return [lines.problem(what, value.start, value.end - value.start)];
  });
}

/** A list and a text do not join: the later one counts. */
function joined(first: XlSyntaxValue, second: XlSyntaxValue): XlSyntaxValue {
  if (first.kind === 'list' && second.kind === 'list')
    return { ...second, items: [...first.items, ...second.items] };
  if (first.kind === 'atom' && second.kind === 'atom')
    return { ...second, text: first.text + second.text };
  return second;
}

/**
 * The text with some spans replaced: comments, order and unknown options stay as they are.
 * Spans must not overlap.
 */
export function replaceSpans(
  text: string,
  changes: readonly (Span & { readonly text: string })[],
): string {
  let result = '';
  let at = 0;
  for (const change of changes.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, change.start) + change.text;
    at = change.end;
  }
  return result + text.slice(at);
}
