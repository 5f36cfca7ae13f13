// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { Stage2Map } from '../../../lib/memory/stage2-map.ts';
import { readRegime } from '../../../lib/memory/stage2-regime.ts';
import { type Stage2Entry, walkStage2 } from '../../../lib/memory/stage2-walk.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';
import { hostAddressOf } from '../../../lib/support/units.ts';
import { leaves, type Mapped, regimes, Tables } from './tables.ts';

const regime = readRegime(0x8004_3594n);

/** The single blocks and pages of an entry. */
function singles(entry: Stage2Entry): Mapped[] {
  const { guestAddress, hostAddress, level, descriptor, count } = entry;
  const size = entry.size / BigInt(count);
  return Array.from({ length: count }, (_unused, index) => {
    const offset = BigInt(index) * size;
    return {
      guestAddress: guestAddress + offset,
      hostAddress: hostAddress + offset,
      size,
      level,
      descriptor: descriptor + offset,
    };
  });
}

const byAddress = (a: Mapped, b: Mapped): number => (a.guestAddress < b.guestAddress ? -1 : 1);

test('what a generator maps is found, all of it and nothing else, in order', () => {
  fc.assert(
    fc.property(regimes, leaves, (some, wanted) => {
      const tables = new Tables(some);
      for (const leaf of wanted) tables.map(leaf);
      const found = walkStage2(some, tables.root, tables.read);

      expect(found.flatMap(singles)).toEqual([...tables.mapped].sort(byAddress));
    }),
    { numRuns: 300 },
  );
});

test('a part of the address space shows what the whole shows there', () => {
  fc.assert(
    fc.property(
      regimes,
      leaves,
      fc.bigInt({ min: 0n, max: (1n << 48n) - 1n }),
      fc.bigInt({ min: 1n, max: 1n << 42n }),
      (some, wanted, anywhere, size) => {
        const tables = new Tables(some);
        for (const leaf of wanted) tables.map(leaf);
        const whole = walkStage2(some, tables.root, tables.read);
        // Every other time a range that ends where an entry begins.
        const border = size % 2n === 0n ? whole.at(-1)?.guestAddress : undefined;
        const end = border ?? (anywhere % (1n << BigInt(some.inputBits))) + size;
        const from = end > size ? end - size : 0n;
        const part = walkStage2(some, tables.root, tables.read, { from, size: end - from });

        const there = whole
          .flatMap(singles)
          .filter((entry) => entry.guestAddress < end && from < entry.guestAddress + entry.size);
        expect(part.flatMap(singles)).toEqual(there);
      },
    ),
    { numRuns: 200 },
  );
});

test('every address of a map finds the entry that a search through all finds', () => {
  fc.assert(
    fc.property(
      regimes,
      leaves,
      fc.bigInt({ min: 0n, max: (1n << 48n) - 1n }),
      (some, wanted, anywhere) => {
        const tables = new Tables(some);
        for (const leaf of wanted) tables.map(leaf);
        const entries = walkStage2(some, tables.root, tables.read);
        const map = new Stage2Map(entries);
        const addresses = [
          anywhere,
          ...entries.flatMap((entry) => [
            entry.guestAddress,
            entry.guestAddress + entry.size - 1n,
            entry.guestAddress + entry.size,
          ]),
        ];

        for (const address of addresses)
          expect(map.entryAt(address)).toBe(
            entries.find(
              (entry) => entry.guestAddress <= address && address < entry.guestAddress + entry.size,
            ),
          );
      },
    ),
    { numRuns: 100 },
  );
});

test('an entry that Xen holds lazily invalid is one, and is marked', () => {
  const tables = new Tables(regime);
  const common = { place: 0x4000_0000n, frame: 0x6000_0000n, attributes: 0x7fcn & 0x3fcn };
  tables.map({ level: 2, ...common, valid: false });
  tables.map({ level: 2, ...common, place: 0x4020_0000n, valid: true });
  const found = walkStage2(regime, tables.root, tables.read);

  expect(found.map(({ lazy, level, size }) => ({ lazy, level, size }))).toEqual([
    { lazy: true, level: 2, size: 0x20_0000n },
    { lazy: false, level: 2, size: 0x20_0000n },
  ]);
});

test('a table outside memory is an environment error that names it and the way to it', () => {
  const tables = new Tables(regime);
  tables.set(0x4000_0000n, 1, 0x1234_5000n | 3n);

  const walk = (): unknown => walkStage2(regime, tables.root, tables.read);
  expect(walk).toThrow(EnvironmentError);
  expect(walk).toThrow(
    'stage-2 table at host address 0x12345000: is not in memory\n' +
      '  reached: level 2, for guest addresses from 0x40000000\n' +
      '  last seen: 0x10000000000 -> 0x10000001000\n',
  );
});

test('a root outside memory says that it is the root', () => {
  expect(() => walkStage2(regime, hostAddressOf(0x1000n), () => undefined)).toThrow(
    'stage-2 table at host address 0x1000: is not in memory\n' +
      '  reached: level 0, for guest addresses from 0x0\n' +
      '  last seen: it is the root\n',
  );
});

test('a table that is below itself ends the walk, whatever it loops over', () => {
  for (const level of [0, 1, 2]) {
    const tables = new Tables(regime);
    tables.set(0n, level, tables.root | 3n);

    expect(() => walkStage2(regime, tables.root, tables.read)).toThrow(
      /stage-2 table at host address 0x10000000000: is below itself/,
    );
  }
});

test('pages that follow each other and are alike are one entry, others are not', () => {
  const tables = new Tables(regime);
  const leaf = (page: bigint, frame: bigint, attributes = 0x7fcn & 0x3fcn): void => {
    const place = 0x4000_0000n + page * 0x1000n;
    tables.map({ level: 3, place, frame: frame * 0x1000n, attributes, valid: true });
  };
  for (const page of [0n, 1n, 2n]) leaf(page, 0x100n + page);
  leaf(3n, 0x104n);
  leaf(4n, 0x105n, 0x33cn);
  leaf(6n, 0x107n, 0x33cn);
  // Across the border of two tables.
  leaf(511n, 0x200n);
  leaf(512n, 0x201n);

  const found = walkStage2(regime, tables.root, tables.read);
  expect(found.map(({ guestAddress, count, size }) => [guestAddress, count, size])).toEqual([
    [0x4000_0000n, 3, 0x3000n],
    [0x4000_3000n, 1, 0x1000n],
    [0x4000_4000n, 1, 0x1000n],
    [0x4000_6000n, 1, 0x1000n],
    [0x401f_f000n, 2, 0x2000n],
  ]);
});
