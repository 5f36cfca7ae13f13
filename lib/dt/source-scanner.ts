// SPDX-License-Identifier: Apache-2.0
import { type Place, SourceError, type SourceText } from '../support/source-text.ts';

/** A text that is being read, and from where it was included. */
interface Reading {
  readonly text: string;
  at: number;
  file: string;
  /** Of the character at `at`, from 1: what a line marker said, counted on. */
  line: number;
  /** Where the current line begins. */
  lineStart: number;
}

/** Finds an included file; undefined when there is none. */
export type Include = (name: string, from: string) => SourceText | undefined;

/** A mark that the preprocessor leaves: `# 12 "board.dtsi" 1` or `#line 12 "board.dtsi"`. */
const marker = /#(?:line)?[ \t]+(\d+)[ \t]+"((?:[^"\\\n]|\\.)*)"[^\n]*/y;

/** The characters of a device tree source, with their places, through includes and line markers. */
export class SourceScanner {
  readonly #stack: Reading[];
  readonly #include: Include;

  constructor(source: SourceText, include: Include) {
    this.#include = include;
    this.#stack = [begin(source)];
  }

  /** Whether all has been read. */
  get atEnd(): boolean {
    this.skipBlanks();
    return this.#top.at >= this.#top.text.length;
  }

  /** The place of what comes next. */
  get place(): Place {
    this.skipBlanks();
    return this.#placeHere(1);
  }

  /** What `pattern` (sticky) matches here, behind blanks and comments; it is read then. */
  match(pattern: RegExp): string | undefined {
    this.skipBlanks();
    const reading = this.#top;
    pattern.lastIndex = reading.at;
    const found = pattern.exec(reading.text)?.[0];
    if (found !== undefined) this.#advance(found.length);
    return found;
  }

  /** Whether these characters come next; they are read then. */
  take(text: string): boolean {
    this.skipBlanks();
    if (!this.#top.text.startsWith(text, this.#top.at)) return false;
    this.#advance(text.length);
    return true;
  }

  /** Whether these characters come next. */
  sees(text: string): boolean {
    this.skipBlanks();
    return this.#top.text.startsWith(text, this.#top.at);
  }

  /** @throws SourceError when other characters come next. */
  expect(text: string, why: string): void {
    if (!this.take(text)) throw this.error(`${this.#shown()} stands where ${why} is expected`);
  }

  /** An error at what comes next, or at `place`. */
  error(what: string, place?: Place): SourceError {
    const here = place ?? this.#placeHere(Math.max(1, this.#word().length));
    return new SourceError(here.file, [{ place: here, what, line: this.#lineText(here) }]);
  }

  /** The error that something else is expected here. */
  unexpected(expected: string): SourceError {
    return this.error(`${this.#shown()} stands where ${expected} is expected`);
  }

  /** Blanks, comments, line markers and `/include/`, and the ends of included files. */
  skipBlanks(): void {
    for (;;) {
      const reading = this.#top;
      if (reading.at === reading.lineStart && this.#readMarker(reading)) continue;
      const blank = /\s+|\/\/[^\n]*|\/\*[^]*?\*\//y;
      blank.lastIndex = reading.at;
      const found = blank.exec(reading.text)?.[0];
      if (found !== undefined) this.#advance(this.#untilMarker(found, reading));
      else if (reading.text.startsWith('/include/', reading.at)) this.#enter();
      else if (reading.at >= reading.text.length && this.#stack.length > 1) this.#stack.pop();
      else return;
    }
  }

  get #top(): Reading {
    const top = this.#stack.at(-1);
    if (top === undefined) throw new Error('a scanner always reads something');
    return top;
  }

  /** Blanks are read line by line, so that a marker at a line's beginning is seen. */
  #untilMarker(blank: string, reading: Reading): number {
    const newline = blank.startsWith('/') ? -1 : blank.indexOf('\n');
    const marked = newline >= 0 && reading.text.charAt(reading.at + newline + 1) === '#';
    return marked ? newline + 1 : blank.length;
  }

  #readMarker(reading: Reading): boolean {
    marker.lastIndex = reading.at;
    const [all, line, file] = marker.exec(reading.text) ?? [];
    if (all === undefined) return false;
    reading.at += all.length + 1;
    reading.lineStart = reading.at;
    reading.line = Number(line);
    reading.file = file ?? '';
    return true;
  }

  #advance(length: number): void {
    const reading = this.#top;
    for (let count = 0; count < length; count++) {
      if (reading.text.charAt(reading.at++) !== '\n') continue;
      reading.line++;
      reading.lineStart = reading.at;
    }
  }

  #enter(): void {
    const from = this.#placeHere('/include/'.length);
    this.#advance('/include/'.length);
    const [, name] = /^\s*"((?:[^"\\\n]|\\.)*)"/.exec(this.#top.text.slice(this.#top.at)) ?? [];
    if (name === undefined) throw this.error('/include/ wants the name of a file in quotes', from);
    this.match(/\s*"(?:[^"\\\n]|\\.)*"/y);
    const source = this.#include(name, from.file);
    if (source === undefined) throw this.error(`there is no file ${name} to include`, from);
    if (this.#stack.length > 32) throw this.error(`${name} is included too deep`, from);
    this.#stack.push(begin(source));
  }

  #placeHere(length: number): Place {
    const { file, line, at, lineStart } = this.#top;
    return { file, line, column: at - lineStart + 1, length };
  }

  /** The line of a place that is being read; empty when it has been left. */
  #lineText({ file, line }: Place): string {
    const reading = this.#stack.findLast((one) => one.file === file);
    if (reading === undefined) return '';
    let start = reading.lineStart;
    for (let back = reading.line; back > line && start > 0; back--)
      start = reading.text.lastIndexOf('\n', start - 2) + 1;
    const end = reading.text.indexOf('\n', start);
    return reading.text.slice(start, end < 0 ? undefined : end);
  }

  #word(): string {
    return /^(?:[\w,.+*#?@-]+|.)/.exec(this.#top.text.slice(this.#top.at))?.[0] ?? '';
  }

  #shown(): string {
    this.skipBlanks();
    const word = this.#word();
    return word === '' ? 'the end of the file' : `"${word}"`;
  }
}

function begin({ file, text }: SourceText): Reading {
  return { text, file, at: 0, line: 1, lineStart: 0 };
}
