// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { endOf, findOverlaps, type Range, subtract } from '../../../lib/memory/ranges.ts';

const ram = { name: 'RAM', start: 0x4000_0000n, size: 0x1000n };

/** Ranges over, in, beside and far from `ram`. */
const holes: fc.Arbitrary<Range[]> = fc.array(
  fc.record({
    name: fc.constant('hole'),
    start: fc.bigInt(ram.start - 0x200n, endOf(ram) + 0x200n),
    size: fc.bigInt(0n, 0x600n),
  }),
  { maxLength: 6 },
);

const within = (range: Range, address: bigint): boolean =>
  address >= range.start && address < endOf(range);

test('what is left has every address that no hole has, and no other', () => {
  fc.assert(
    fc.property(holes, fc.bigInt(ram.start - 0x300n, endOf(ram) + 0x300n), (cut, address) => {
      const left = subtract(ram, cut);
      const wanted = within(ram, address) && !cut.some((hole) => within(hole, address));
      expect(left.some((part) => within(part, address))).toBe(wanted);
    }),
  );
});

test('the parts ascend, do not overlap and are not empty', () => {
  fc.assert(
    fc.property(holes, (cut) => {
      const left = subtract(ram, cut);
      expect(findOverlaps(left)).toEqual([]);
      expect(left.every(({ size }) => size > 0n)).toBe(true);
      expect(left.map(({ start }) => start)).toEqual(
        left.map(({ start }) => start).sort((a, b) => (a < b ? -1 : 1)),
      );
    }),
  );
});

test('what has a size of 0 overlaps nothing, wherever it lies', () => {
  const empty = (start: bigint): Range => ({ name: 'empty', start, size: 0n });
  for (const start of [ram.start, ram.start + 0x800n, endOf(ram)])
    expect(findOverlaps([ram, empty(start), empty(start)])).toEqual([]);
});
