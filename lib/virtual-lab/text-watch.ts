// SPDX-License-Identifier: Apache-2.0

/**
 * Finds a text in a stream that comes in pieces: whether the pieces cut the text or not, it is
 * found once, at its last byte.
 */
export class TextWatch {
  readonly #text: Buffer;
  #tail = Buffer.alloc(0);

  /** `text` is Latin-1 and not empty. */
  constructor(text: string) {
    this.#text = Buffer.from(text, 'latin1');
  }

  /** How many bytes of `chunk` complete the text for the first time; undefined if none do. */
  feed(chunk: Uint8Array): number | undefined {
    const before = this.#tail.length;
    const seen = Buffer.concat([this.#tail, chunk]);
    const at = seen.indexOf(this.#text);
    if (at < 0) {
      const keep = Math.min(seen.length, this.#text.length - 1);
      this.#tail = Buffer.from(seen.subarray(seen.length - keep));
      return undefined;
    }
    this.#tail = Buffer.alloc(0);
    return at + this.#text.length - before;
  }

  /** Forgets the beginning of a text that may have been seen. */
  reset(): void {
    this.#tail = Buffer.alloc(0);
  }
}
