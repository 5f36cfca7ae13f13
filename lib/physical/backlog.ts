// SPDX-License-Identifier: Apache-2.0
import type { SerialLine } from '../serial/serial-line.ts';

/** More than a board says between two workers. */
const mostBytes = 0x40_0000;

/**
 * What comes on a line while nobody is attached to it, for who attaches next. What is said beyond
 * {@link mostBytes} pushes out what was said first: then records are missing, and are found to be.
 */
export class Backlog {
  readonly #line: SerialLine;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #readers = 0;
  #forget: (() => void) | undefined;

  constructor(line: SerialLine) {
    this.#line = line;
  }

  /** Somebody attaches: what came while nobody was there. */
  attach(): readonly Uint8Array[] {
    this.#readers++;
    this.#forget?.();
    this.#forget = undefined;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }

  /** Somebody goes; what comes after the last is kept. */
  detach(): void {
    this.#readers--;
    if (this.#readers > 0) return;
    this.#forget ??= this.#line.onData((chunk) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      while (this.#bytes > mostBytes) this.#bytes -= this.#chunks.shift()?.length ?? 0;
    });
  }
}
