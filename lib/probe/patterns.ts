// SPDX-License-Identifier: Apache-2.0
import { runSeed } from '../host/run-seed.ts';
import { hex } from '../support/units.ts';
import type { PatternKind } from './protocol.ts';

/** 64-bit words that a probe writes and checks by itself, each a function of its byte offset. */
export interface Pattern {
  readonly kind: PatternKind;
  /** 32 bits for `address`, 64 bits for the others. */
  readonly seed: bigint;
}

const mask64 = (1n << 64n) - 1n;
const mask32 = (1n << 32n) - 1n;

/** Steele, Lea and Flood's SplitMix64 step: a bijection of 64 bits. */
function splitmix64(value: bigint): bigint {
  let z = (value + 0x9e37_79b9_7f4a_7c15n) & mask64;
  z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & mask64;
  z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & mask64;
  return z ^ (z >> 31n);
}

/** The word at byte `offset` of the region. */
export function wordAt(pattern: Pattern, offset: bigint | number): bigint {
  const at = BigInt(offset);
  switch (pattern.kind) {
    case 'address':
      return ((pattern.seed & mask32) << 32n) | (at & mask32);
    case 'constant':
      return pattern.seed & mask64;
    case 'noise':
      return splitmix64((pattern.seed + at) & mask64);
  }
}

/**
 * Each word tells its own offset in the region (low half) and the seed (high half): a word that
 * comes from another frame says which. Default: the run's seed, which its report names.
 */
export function addressPattern(seed: number | bigint = runSeed()): Pattern {
  return { kind: 'address', seed: BigInt(seed) & mask32 };
}

/** The same word everywhere. It cannot show a wrong frame: use it to poison, not to prove. */
export function constantPattern(word: bigint): Pattern {
  return { kind: 'constant', seed: word & mask64 };
}

/** Words that look random, for every bit in both states. Default: the run's seed. */
export function noisePattern(seed: number | bigint = runSeed()): Pattern {
  return { kind: 'noise', seed: BigInt(seed) & mask64 };
}

/** `address pattern, seed 0x5a5a0001`. */
export function describePattern(pattern: Pattern): string {
  return pattern.kind === 'constant'
    ? `constant ${hex(pattern.seed, 16)}`
    : `${pattern.kind} pattern, seed ${hex(pattern.seed)}`;
}

/** What an observed word is known to be: another offset of the same pattern, or another seed. */
export function explainWord(pattern: Pattern, observed: bigint): string | undefined {
  if (observed === 0n) return 'zero, as memory that nobody wrote';
  if (observed === 0xc2c2_c2c2_c2c2_c2c2n) return 'what a debug Xen scrubs free memory with';
  if (pattern.kind === 'address' && observed >> 32n === (pattern.seed & mask32))
    return `the word of offset ${hex(observed & mask32)}`;
  return undefined;
}
