// SPDX-License-Identifier: Apache-2.0
import { crc32 } from '../support/checksum.ts';

const encoder = new TextEncoder();

/** Choices that are the same again for the same seed (mulberry32, T. Ettinger). */
export class Random {
  #state: number;

  constructor(seed: string) {
    this.#state = crc32(encoder.encode(seed));
  }

  /** A whole number of 32 bits. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + (this.#next() % (most - least + 1));
  }

  /** True once in so many times. */
  oneIn(count: number): boolean {
    return this.between(1, count) === 1;
  }

  /** @throws RangeError where there is nothing to choose from. */
  pick<T>(list: readonly T[]): T {
    const one = list[this.between(0, list.length - 1)];
    if (one === undefined) throw new RangeError('nothing to choose from');
    return one;
  }

  /** So many small letters. */
  word(length: number): string {
    return String.fromCharCode(...Array.from({ length }, () => this.between(0x61, 0x7a)));
  }
}
