// SPDX-License-Identifier: Apache-2.0
import { crc32 } from '../support/checksum.ts';

const encoder = new TextEncoder();

/**
 * `count` of `names`, in their order, picked by `seed`: the same seed picks the same ones. Each
 * name's rank depends on the seed and itself only, so that a mutant that is added or taken away
 * changes the pick by one at most.
 */
export function sampleOf(names: readonly string[], count: number, seed: string): string[] {
  const rank = (name: string): number => crc32(encoder.encode(`${seed}/${name}`));
  const picked = new Set(names.toSorted((a, b) => rank(a) - rank(b)).slice(0, count));
  return names.filter((name) => picked.has(name));
}
