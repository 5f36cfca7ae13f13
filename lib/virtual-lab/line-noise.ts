// SPDX-License-Identifier: Apache-2.0

/** What a bad line does to bytes. Rates are probabilities for each byte, from 0 to 1. */
export interface LineNoise {
  readonly drop?: number;
  readonly double?: number;
  /** One bit of the byte is inverted. */
  readonly flip?: number;
  /** How much later bytes arrive. */
  readonly delayMs?: number;
  /** The same seed spoils the same bytes. Default: 1. */
  readonly seed?: number;
}

/** Numbers from 0 up to 1, the same for the same seed: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * What of `bytes` arrives. Takes as many random numbers for each byte whatever becomes of it, so
 * that it does not matter how a stream is cut into pieces.
 */
export function spoil(bytes: Uint8Array, noise: LineNoise, random: () => number): Uint8Array {
  const { drop = 0, double = 0, flip = 0 } = noise;
  const arrived: number[] = [];
  for (const byte of bytes) {
    const [drops, doubles, flips, bit] = [random(), random(), random(), random()] as const;
    if (drops < drop) continue;
    const seen = flips < flip ? byte ^ (1 << Math.floor(bit * 8)) : byte;
    arrived.push(seen);
    if (doubles < double) arrived.push(seen);
  }
  return Uint8Array.from(arrived);
}
