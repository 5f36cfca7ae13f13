// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from './errors.ts';

/** A text that somebody wrote, with the name that errors call it by. */
export interface SourceText {
  /** A path as the user gave it, or another name. */
  readonly file: string;
  readonly text: string;
}

/** Where something stands in a text. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Characters on that line; at least 1. */
  readonly length: number;
}

/** What is wrong at a place. */
export interface SourceProblem {
  readonly place: Place;
  /** One line. */
  readonly what: string;
  /** The source line there, where it is known. */
  readonly line: string;
  /** What to write instead, where that is more than the place says. */
  readonly fix?: string | undefined;
}

/** Turns offsets of a text into places. */
export class Lines {
  readonly #source: SourceText;
  readonly #starts: number[] = [0];

  constructor(source: SourceText) {
    this.#source = source;
    for (let at = source.text.indexOf('\n'); at >= 0; at = source.text.indexOf('\n', at + 1))
      this.#starts.push(at + 1);
  }

  /** The place of `length` characters from `offset` on, cut at the end of the line. */
  place(offset: number, length = 1): Place {
    const line = this.#lineOf(offset);
    const column = offset - (this.#starts[line] ?? 0);
    const room = this.text(line + 1).length - column;
    return {
      file: this.#source.file,
      line: line + 1,
      column: column + 1,
      length: Math.max(1, Math.min(length, room)),
    };
  }

  /** The offset of a place. */
  offset({ line, column }: Pick<Place, 'line' | 'column'>): number {
    return (this.#starts[line - 1] ?? this.#source.text.length) + column - 1;
  }

  /** The text between two offsets. */
  slice(start: number, end: number): string {
    return this.#source.text.slice(start, end);
  }

  /** The text of a line, from 1, without its end. */
  text(line: number): string {
    const start = this.#starts[line - 1] ?? this.#source.text.length;
    const end = this.#starts[line] ?? this.#source.text.length + 1;
    return this.#source.text.slice(start, end - 1).replace(/\r$/, '');
  }

  /** A problem there. */
  problem(what: string, offset: number, length = 1): SourceProblem {
    const place = this.place(offset, length);
    return { place, what, line: this.text(place.line) };
  }

  #lineOf(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** `file:line:column`. */
export function describePlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** The source line with its number, and a caret under the place. */
export function showLine(line: string, place: Place): string {
  const number = String(place.line);
  // A tab stays a tab, so that the caret stands under what it means.
  const lead = line.slice(0, place.column - 1).replaceAll(/[^\t]/g, ' ');
  const caret = `^${'~'.repeat(place.length - 1)}`;
  return `${number} | ${line}\n${' '.repeat(number.length)} | ${lead}${caret}`;
}

/** A text that cannot be read, with all that is wrong in it. */
export class SourceError extends MisuseError {
  readonly problems: readonly SourceProblem[];

  constructor(file: string, problems: readonly SourceProblem[]) {
    const [first] = problems;
    const others = problems.length - 1;
    super({
      who: first === undefined ? file : describePlace(first.place),
      what: `${first?.what ?? 'cannot be read'}${others > 0 ? ` (and ${others} more)` : ''}`,
      lastSeen: problems
        .map(
          ({ place, what, line }) => `${describePlace(place)}: ${what}\n${showLine(line, place)}`,
        )
        .join('\n'),
    });
    this.problems = problems;
  }
}
