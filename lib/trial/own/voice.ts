// SPDX-License-Identifier: Apache-2.0
import { type Death, findDeath } from '../../xen/console-lines.ts';

/** A line that proves that a domain is up. */
export interface ExpectedLine {
  readonly domain: string;
  readonly pattern: RegExp;
}

/** Whether and when an expected line came. */
export interface HeardLine {
  readonly pattern: string;
  /** From the end of Xen's own boot, in milliseconds; undefined when it did not come. */
  readonly afterMs: number | undefined;
}

/** What one domain says on its consoles. */
export class Voice {
  readonly name: string;
  readonly #wanted: readonly RegExp[];
  readonly #heard = new Map<RegExp, number>();
  #lines = 0;
  readonly #last: string[] = [];
  #death: Death | undefined;

  constructor(name: string, expected: readonly ExpectedLine[]) {
    this.name = name;
    this.#wanted = expected.filter(({ domain }) => domain === name).map(({ pattern }) => pattern);
  }

  /** Takes a line without what Xen puts before it; `atMs` is when it came. */
  take(line: string, atMs: number): void {
    const text = line.trimEnd();
    if (text === '') return;
    this.#lines++;
    this.#last.push(text);
    if (this.#last.length > 8) this.#last.shift();
    const death = findDeath(text);
    if (death?.kind.startsWith('linux-') === true) this.#death ??= death;
    this.peek(text, atMs);
  }

  /** Holds a line that may still grow, as a prompt does, against what is expected. */
  peek(text: string, atMs: number): void {
    for (const pattern of this.#wanted)
      if (!this.#heard.has(pattern) && pattern.test(text)) this.#heard.set(pattern, atMs);
  }

  get lines(): number {
    return this.#lines;
  }

  /** The last lines that it said, at most 8. */
  get last(): readonly string[] {
    return this.#last;
  }

  /** A panic or an oops of its Linux. */
  get death(): Death | undefined {
    return this.#death;
  }

  /** Whether nothing is expected of it. */
  get free(): boolean {
    return this.#wanted.length === 0;
  }

  /** Whether all that is expected of it has come. */
  get satisfied(): boolean {
    return this.#wanted.every((pattern) => this.#heard.has(pattern));
  }

  /** What was expected, and when it came after `fromMs`. */
  heard(fromMs: number): HeardLine[] {
    return this.#wanted.map((pattern) => {
      const atMs = this.#heard.get(pattern);
      return {
        pattern: String(pattern),
        afterMs: atMs === undefined ? undefined : Math.max(0, atMs - fromMs),
      };
    });
  }
}
