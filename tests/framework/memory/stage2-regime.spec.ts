// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { readRegime } from '../../../lib/memory/stage2-regime.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';

test('the values that live machines have are read', () => {
  // cortex-a57 on QEMU: 4 levels. Cortex-A53: 3 levels, two root tables.
  expect(readRegime(0x8004_3594n)).toEqual({
    inputBits: 44,
    granuleBits: 12,
    startLevel: 0,
    rootTables: 1,
  });
  expect(readRegime(0x8002_3558n)).toEqual({
    inputBits: 40,
    granuleBits: 12,
    startLevel: 1,
    rootTables: 2,
  });
});

test('every granule’s fields are read', () => {
  const vtcr = (t0sz: number, sl0: number, tg0: number): bigint =>
    BigInt(t0sz | (sl0 << 6) | (tg0 << 14));

  expect(readRegime(vtcr(16, 2, 1))).toMatchObject({ granuleBits: 16, startLevel: 1 });
  expect(readRegime(vtcr(24, 1, 1))).toMatchObject({ granuleBits: 16, startLevel: 2 });
  expect(readRegime(vtcr(24, 2, 2))).toMatchObject({ granuleBits: 14, startLevel: 1 });
  expect(readRegime(vtcr(30, 0, 0))).toMatchObject({ startLevel: 2, rootTables: 16 });
});

test('a value that no implementation may use is named, with the reason', () => {
  expect(() => readRegime(0xc000n)).toThrow('VTCR_EL2 cannot be 0xc000: TG0 is reserved');
  expect(() => readRegime(0n)).toThrow('VTCR_EL2 cannot be 0x0: T0SZ gives 64 bits');
  expect(() => readRegime(0x10n)).toThrow(
    'VTCR_EL2 cannot be 0x10: level 2 leaves 18 bits to concatenated tables',
  );
});

test('any value is a regime or an environment error', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (vtcr) => {
      try {
        const { startLevel, rootTables } = readRegime(vtcr);
        expect(startLevel).toBeGreaterThanOrEqual(0);
        expect([1, 2, 4, 8, 16]).toContain(rootTables);
      } catch (error) {
        expect(error).toBeInstanceOf(EnvironmentError);
      }
    }),
  );
});
