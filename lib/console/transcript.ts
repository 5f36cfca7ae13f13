// SPDX-License-Identifier: Apache-2.0
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { LineSplitter } from './line-splitter.ts';

/** One console line; `number` counts from 1, `atMs` from the transcript's start. */
export interface TranscriptLine {
  readonly number: number;
  readonly atMs: number;
  readonly text: string;
}

/** Files a transcript is kept in. */
export interface TranscriptFiles {
  /** The bytes as they came. */
  readonly raw: string;
  /** `+seconds line`, escape sequences stripped. */
  readonly lines: string;
}

/**
 * What a console said: append-only, in memory and on disk. Readers keep their own position (the
 * number of a line), so none takes another's lines away.
 */
export class Transcript {
  readonly files: TranscriptFiles;
  readonly #clock: () => number;
  readonly #startMs: number;
  readonly #splitter = new LineSplitter();
  readonly #lines: TranscriptLine[] = [];
  readonly #raw: WriteStream;
  readonly #text: WriteStream;
  readonly #listeners = new Set<(line: TranscriptLine) => void>();
  readonly #changeListeners = new Set<() => void>();
  #bytes = 0;
  #diskError: Error | undefined;

  /** `clock` counts milliseconds; a replay's is that of its capture. */
  constructor(files: TranscriptFiles, clock: () => number = () => performance.now()) {
    this.files = files;
    this.#clock = clock;
    this.#startMs = clock();
    this.#raw = createWriteStream(files.raw);
    this.#text = createWriteStream(files.lines);
    for (const stream of [this.#raw, this.#text])
      stream.on('error', (error) => {
        this.#diskError ??= error;
      });
  }

  get lines(): readonly TranscriptLine[] {
    return this.#lines;
  }

  /** Milliseconds since its start. */
  get nowMs(): number {
    return this.#clock() - this.#startMs;
  }

  /** Bytes that came so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What has come of the line that is not finished yet. */
  get partial(): string {
    return this.#splitter.partial;
  }

  /** Why the files are incomplete, if they are: a full disk, a lost directory. */
  get diskError(): Error | undefined {
    return this.#diskError;
  }

  append(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#raw.write(chunk);
    for (const text of this.#splitter.push(chunk)) this.#add(text);
    for (const listener of [...this.#changeListeners]) listener();
  }

  /** Calls `listener` after each piece that comes, when its lines and the partial one are known. */
  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Calls `listener` for each line from now on. */
  onLine(listener: (line: TranscriptLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the unfinished line: what comes next is said by a machine that was started anew. */
  breakLine(): void {
    const text = this.#splitter.cut();
    if (text !== '') this.#add(text);
  }

  /**
   * The last `count` lines with their numbers, for an error's `lastSeen`; of the first `before`
   * lines where that is given.
   */
  tail(count: number, before?: number): string {
    const shown = this.#lines
      .slice(0, before)
      .slice(-count)
      .map((line) => `${line.number}: ${line.text}`);
    if (this.partial !== '' && before === undefined)
      shown.push(`${this.#lines.length + 1}: ${this.partial} (no line end)`);
    return shown.length === 0 ? `nothing (${this.#bytes} bytes)` : shown.join('\n');
  }

  /** Writes what is left, the unfinished line too, and closes the files. */
  async close(): Promise<void> {
    // Our own end of the machine cut it: it is kept, and nobody is to judge it.
    this.#listeners.clear();
    this.#changeListeners.clear();
    if (this.partial !== '') this.#add(this.partial);
    await Promise.all(
      [this.#raw, this.#text].map(async (stream) => {
        stream.end();
        await finished(stream).catch((error: unknown) => {
          this.#diskError ??= error as Error;
        });
      }),
    );
  }

  #add(text: string): void {
    const atMs = this.nowMs;
    const line = { number: this.#lines.length + 1, atMs, text };
    this.#lines.push(line);
    this.#text.write(`+${(atMs / 1000).toFixed(3)} ${text}\n`);
    for (const listener of [...this.#listeners]) listener(line);
  }
}
