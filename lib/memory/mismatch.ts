// SPDX-License-Identifier: Apache-2.0
import {
  combineMemory,
  combineShareability,
  type MemoryType,
  type Shareability,
  type Stage2Attributes,
} from './stage2-attributes.ts';

/** How memory is accessed: what must match between all that access it. */
export interface SeenAttributes {
  readonly memory: MemoryType;
  readonly shareability: Shareability;
}

/** What a guest gets that maps memory `stage1`, inner shareable, through `stage2`. */
export function seenThrough(
  stage1: MemoryType,
  stage2: Pick<Stage2Attributes, 'memory' | 'shareability'>,
): SeenAttributes {
  const memory = combineMemory(stage1, stage2.memory);
  return { memory, shareability: combineShareability(memory, 'inner', stage2.shareability) };
}

/** `normal-write-back, inner shareable`. */
export function describeSeen({ memory, shareability }: SeenAttributes): string {
  const sharing = shareability === 'none' ? 'non-shareable' : `${shareability} shareable`;
  return `${memory}, ${sharing}`;
}

const isDevice = (memory: MemoryType): boolean => memory.startsWith('device-');
const isCached = (memory: MemoryType): boolean => /write-(back|through)/.test(memory);

/**
 * What the architecture no longer promises between two that access the same memory so; undefined
 * when their attributes match (Arm ARM B2.8, mismatched memory attributes).
 */
export function mismatchOf(one: SeenAttributes, other: SeenAttributes): string | undefined {
  const kinds = [one.memory, other.memory];
  if (kinds[0] !== kinds[1]) {
    if (kinds.some(isCached))
      return 'the memory type or cacheability: one may see what only memory has, the other its cache';
    return kinds.every(isDevice)
      ? 'the Device type: their accesses are gathered, ordered and acknowledged in different ways'
      : 'the memory type: neither is cached, but order and alignment are those of one side only';
  }
  if (one.shareability === other.shareability) return undefined;
  return 'the shareability: coherent only for observers within the narrower of both domains';
}
