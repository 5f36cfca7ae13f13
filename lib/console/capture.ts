// SPDX-License-Identifier: Apache-2.0
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import type { Transport } from './console.ts';

/** What the host did beside typing, because it decides what a console's lines mean. */
export type CaptureMark =
  /** Power was switched on, or a reset made: what is a second boot is counted anew. */
  { readonly kind: 'epoch' } | { readonly kind: 'expect-reset'; readonly windowMs: number };

/** One record: bytes in one direction, or a mark. `atMs` counts from the capture's start. */
export type CaptureRecord =
  | { readonly atMs: number; readonly from: 'board' | 'host'; readonly bytes: Uint8Array }
  | { readonly atMs: number; readonly mark: CaptureMark };

/** What a capture says about itself. */
export interface CaptureHeader {
  /** The board, and which of its consoles. */
  readonly who: string;
  /** ISO 8601; records count monotonic milliseconds from here. */
  readonly startedAt: string;
}

const format = 1;

/**
 * Everything that passes on a console, both ways, with its time: JSON Lines. The first line is the
 * header `{"crosspageCapture":1,"who":…,"startedAt":…}`; then one line a piece,
 * `[ms,"<",text]` from the board, `[ms,">",text]` from the host, text in Latin-1, and
 * `[ms,"!",mark]`. Each line is whole or the last: a capture that was cut is read to there.
 */
export class Capture {
  readonly #stream: WriteStream;
  readonly #startMs = performance.now();
  #error: Error | undefined;

  constructor(file: string, who: string) {
    this.#stream = createWriteStream(file);
    this.#stream.on('error', (error) => (this.#error ??= error));
    const header = { crosspageCapture: format, who, startedAt: new Date().toISOString() };
    this.#stream.write(`${JSON.stringify(header)}\n`);
  }

  /** The same transport, with all that passes on it recorded. */
  tap(inner: Transport): Transport {
    return {
      onData: (listener) => {
        inner.onData((chunk) => {
          this.#record('<', Buffer.from(chunk).toString('latin1'));
          listener(chunk);
        });
      },
      write: (bytes) => {
        this.#record('>', Buffer.from(bytes).toString('latin1'));
        inner.write(bytes);
      },
    };
  }

  /** Notes what the host does to the machine; the console is told by its own method. */
  mark(mark: CaptureMark): void {
    this.#record('!', mark);
  }

  /** @throws EnvironmentError when it could not be written whole: a full disk. */
  async close(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream).catch((error: unknown) => {
      this.#error ??= error as Error;
    });
    if (this.#error !== undefined)
      throw new EnvironmentError(
        { who: String(this.#stream.path), what: `is incomplete: ${this.#error.message}` },
        { cause: this.#error },
      );
  }

  #record(kind: '<' | '>' | '!', content: string | CaptureMark): void {
    const atMs = Number((performance.now() - this.#startMs).toFixed(3));
    this.#stream.write(`${JSON.stringify([atMs, kind, content])}\n`);
  }
}

/** A capture that was read. */
export interface CaptureContent extends CaptureHeader {
  readonly records: readonly CaptureRecord[];
  /** Whether its last line is torn: what wrote it was killed, or the disk was full. */
  readonly cut: boolean;
}

/** @throws MisuseError when `file` is no capture, with the line that is wrong. */
export function readCapture(file: string): CaptureContent {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong(file, 1, `cannot be read: ${(error as Error).message}`);
  }
  const lines = text.split('\n');
  const torn = lines.pop() !== '';
  const [first = '', ...rest] = lines;
  const header = headerOf(first);
  if (header === undefined) throw wrong(file, 1, 'is no capture of a console');
  const records = rest.map((line, index) => {
    const record = recordOf(line);
    if (record === undefined)
      throw wrong(file, index + 2, `has a line that is no record: ${line.slice(0, 60)}`);
    return record;
  });
  return { ...header, records, cut: torn };
}

function wrong(file: string, line: number, what: string): MisuseError {
  return new MisuseError({
    who: file,
    what,
    where: `${file}:${line}`,
    remedy: 'name a capture: `*.capture.jsonl` beside a console’s log',
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function headerOf(line: string): CaptureHeader | undefined {
  const value = parsed(line) as Partial<Record<string, unknown>> | null | undefined;
  if (value?.['crosspageCapture'] !== format) return undefined;
  const { who, startedAt } = value;
  return typeof who === 'string' && typeof startedAt === 'string' ? { who, startedAt } : undefined;
}

function recordOf(line: string): CaptureRecord | undefined {
  const value = parsed(line);
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [atMs, kind, content] = value as unknown[];
  if (typeof atMs !== 'number') return undefined;
  if (kind === '!') {
    const mark = markOf(content);
    return mark === undefined ? undefined : { atMs, mark };
  }
  if (typeof content !== 'string' || (kind !== '<' && kind !== '>')) return undefined;
  const from = kind === '<' ? 'board' : 'host';
  return { atMs, from, bytes: Buffer.from(content, 'latin1') };
}

function markOf(content: unknown): CaptureMark | undefined {
  if (typeof content !== 'object' || content === null) return undefined;
  const { kind, windowMs } = content as Record<string, unknown>;
  if (kind === 'epoch') return { kind };
  if (kind === 'expect-reset' && typeof windowMs === 'number') return { kind, windowMs };
  return undefined;
}
