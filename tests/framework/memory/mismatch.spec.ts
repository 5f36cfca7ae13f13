// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { mismatchOf, seenThrough } from '../../../lib/memory/mismatch.ts';
import { givens } from '../matchers/pages.ts';

const seen = (
  memory: Parameters<typeof seenThrough>[0],
  shareability: 'none' | 'inner' | 'outer',
): ReturnType<typeof seenThrough> => ({ memory, shareability });

for (const [what, one, other, said] of [
  [
    'cached and Device',
    seen('normal-write-back', 'inner'),
    seen('device-nGnRE', 'outer'),
    /^the memory type or cacheability/,
  ],
  [
    'cached and not cached',
    seen('normal-write-back', 'outer'),
    seen('normal-non-cacheable', 'outer'),
    /^the memory type or cacheability/,
  ],
  [
    'Device and not cached',
    seen('device-nGnRE', 'outer'),
    seen('normal-non-cacheable', 'outer'),
    /^the memory type: neither is cached/,
  ],
  [
    'two Device types',
    seen('device-nGnRE', 'outer'),
    seen('device-GRE', 'outer'),
    /^the Device type/,
  ],
  [
    'inner and outer shareable',
    seen('normal-write-back', 'inner'),
    seen('normal-write-back', 'outer'),
    /^the shareability/,
  ],
] as const)
  test(`${what}: the mismatch is told as what it is`, () => {
    expect(mismatchOf(one, other)).toMatch(said);
  });

test('a mismatch is the same from both sides, and nothing mismatches itself', () => {
  fc.assert(
    fc.property(givens, givens, (a, b) => {
      const [one, other] = [a, b].map((given) => seenThrough('normal-write-back', given));
      if (one === undefined || other === undefined) return;
      expect(mismatchOf(one, other)).toBe(mismatchOf(other, one));
      expect(mismatchOf(one, one)).toBeUndefined();
      const alike = one.memory === other.memory && one.shareability === other.shareability;
      expect(mismatchOf(one, other) === undefined).toBe(alike);
    }),
  );
});
