// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { findOverlaps } from '../../../lib/memory/ranges.ts';
import { checkPlacement, placeFiles } from '../../../lib/boot-files/placement.ts';
import { MiB } from '../../../lib/support/units.ts';

const window = { name: 'boot files', start: 0x4020_0000n, size: BigInt(MiB(126)) };

test('files never overlap, whatever their sizes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: MiB(4) }), { maxLength: 20 }), (sizes) => {
      const placed = placeFiles(
        sizes.map((size, index) => ({ name: `file ${index}`, size })),
        window,
      );
      const ranges = placed.map(({ name, address, size }) => ({
        name,
        start: address,
        size: BigInt(size),
      }));
      expect(findOverlaps(ranges)).toEqual([]);
      expect(ranges.every(({ start }) => start >= window.start)).toBe(true);
      expect((placed[0]?.address ?? 0n) % 0x20_0000n).toBe(0n);
    }),
  );
});

test('files that do not fit are refused by name', () => {
  expect(() => placeFiles([{ name: 'xen', size: MiB(200) }], window)).toThrow(
    /boot files: need 200 MiB and do not fit.*\n.*xen: 209715200 bytes/,
  );
});

test('an overlap names both ranges', () => {
  const tree = { name: 'device tree', start: 0x1000n, size: 0x2000n };
  const other = { name: 'xen', start: 0x2000n, size: 0x1000n };

  expect(() => {
    checkPlacement([tree, other]);
  }).toThrow('device tree [0x1000, 0x3000) overlaps xen [0x2000, 0x3000)');
});
