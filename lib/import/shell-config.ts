// SPDX-License-Identifier: Apache-2.0
/** Assignments of a shell: `NAME="value"` and `NAME[0]=value`, which is all that a configuration needs. */
import { Lines, type Place, type SourceText } from '../support/source-text.ts';
import type { Unknown } from './dom0less-domain.ts';
import type { Where } from './where.ts';

/** `NAME=value` or `NAME[index]=value`. */
export interface ShellSetting {
  readonly name: string;
  readonly index: number | undefined;
  /** With its variables filled in. */
  readonly value: string;
  /** Of the value. */
  readonly where: Where;
  /** Offsets of the assignment into the text; its value, with its quotes, is behind `value`. */
  readonly span: { readonly start: number; readonly value: number; readonly end: number };
}

/** A file of assignments. */
export interface ShellConfig {
  readonly source: SourceText;
  /** In the order of the file. */
  readonly settings: readonly ShellSetting[];
  /** Lines that are something else: they are not run. */
  readonly unknown: readonly Unknown[];
}

const assignment = /(?:export[ \t]+)?([A-Za-z_]\w*)(?:\[(\d+)\])?(\+?)=/y;
const variable = /^\$(?:\{(\w+)(?:\[(\d+)\])?\}|(\w+))/;

const keyOf = (name: string, index: number | undefined): string => `${name}[${index ?? 0}]`;

class Reader {
  readonly settings: ShellSetting[] = [];
  readonly unknown: Unknown[] = [];
  readonly #lines: Lines;
  readonly #text: string;
  readonly #values = new Map<string, string>();
  #at = 0;

  constructor(source: SourceText) {
    this.#lines = new Lines(source);
    this.#text = source.text;
  }

  file(): void {
    while (this.#at < this.#text.length) {
      this.#skip(/(?:[ \t\r\n;]|\\\n|#[^\n]*)*/y);
      if (this.#at < this.#text.length) this.#statement();
    }
  }

  #statement(): void {
    const start = this.#at;
    assignment.lastIndex = start;
    const [all, name, index, plus] = assignment.exec(this.#text) ?? [];
    if (all === undefined || name === undefined) {
      this.#skip(/[^\n]*/y);
      this.#left(start, 'is not run');
      return;
    }
    this.#at += all.length;
    if (this.#text.charAt(this.#at) === '(') {
      this.#at = this.#closing(this.#at);
      this.#left(start, 'is not run: write NAME[0]=..., NAME[1]=...');
      return;
    }
    const from = this.#at;
    const value = this.#word();
    const number = index === undefined ? undefined : Number(index);
    const key = keyOf(name, number);
    const whole = plus === '+' ? (this.#values.get(key) ?? '') + value : value;
    this.#values.set(key, whole);
    const where = this.#where(from, Math.max(1, this.#at - from));
    const span = { start, value: from, end: this.#at };
    this.settings.push({ name, index: number, value: whole, where, span });
  }

  /** Notes what stands between `start` and here. */
  #left(start: number, why: string): void {
    const what = this.#text.slice(start, this.#at).trim();
    const said = what.replaceAll(/\s*\n\s*/g, ' ');
    this.unknown.push({ where: this.#where(start, what.length), what: `"${said}" ${why}` });
  }

  /** Behind what closes the bracket or grave accent at `open`, or the end of the text. */
  #closing(open: number): number {
    const first = this.#text.charAt(open);
    const last = first === '(' ? ')' : first === '{' ? '}' : first;
    let depth = 1;
    for (let at = open + 1; at < this.#text.length; at++) {
      const character = this.#text.charAt(at);
      if (character === '\\') at++;
      else if (character === last) depth--;
      else if (character === first) depth++;
      if (depth === 0) return at + 1;
    }
    return this.#text.length;
  }

  /** What the shell works out, as it is written: up to its last character. */
  #computed(open: number): string {
    const start = this.#at;
    this.#at = this.#closing(open);
    this.#left(start, 'is not worked out');
    this.#at--;
    return this.#text.slice(start, this.#at + 1);
  }

  /** A word of the shell, with its quotes taken off and its variables filled in. */
  #word(): string {
    let value = '';
    let quote = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      // `#` begins a comment only where a word could begin.
      if (quote === '' && /[\s;]/.test(character)) break;
      if (character === quote) quote = '';
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character === '\\' && quote !== "'") {
        const next = this.#text.charAt(++this.#at);
        // In double quotes it stands for itself before all but these (sh(1), Double Quotes).
        if (quote === '"' && !/[$`"\\\n]/.test(next)) value += '\\';
        value += next === '\n' ? '' : next;
      } else if (character === '$' && quote !== "'") value += this.#variable();
      else if (character === '`' && quote !== "'") value += this.#computed(this.#at);
      else value += character;
    }
    return value;
  }

  #variable(): string {
    const [all, braced, index, bare] = variable.exec(this.#text.slice(this.#at)) ?? [];
    if (all === undefined)
      return /[({]/.test(this.#text.charAt(this.#at + 1)) ? this.#computed(this.#at + 1) : '$';
    this.#at += all.length - 1;
    const name = braced ?? bare ?? '';
    return this.#values.get(keyOf(name, index === undefined ? undefined : Number(index))) ?? '';
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #where(offset: number, length: number): Where {
    const place: Place = this.#lines.place(offset, length);
    return { file: place.file, place, line: this.#lines.text(place.line) };
  }
}

/** Reads assignments; what is none is noted and not run. */
export function parseShellConfig(source: SourceText): ShellConfig {
  const reader = new Reader(source);
  reader.file();
  return { source, settings: reader.settings, unknown: reader.unknown };
}
