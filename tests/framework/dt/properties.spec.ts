// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  cellCounts,
  cells,
  cells64,
  cellsOf,
  concat,
  find,
  locate,
  node,
  property,
  regOf,
  stringOf,
  strings,
  stringsOf,
  u32,
  u64,
} from '../../../lib/dt/index.ts';
import { MisuseError } from '../../../lib/support/errors.ts';

const sample = node('sample@1', {
  one: 0xffff_ffff,
  two: cells64(0x1_0000_0002n),
  several: cells(1, 2, 3),
  text: 'héllo',
  list: ['a', '', 'b'],
  empty: true,
  bytes: Uint8Array.of(1, 2, 3),
  latin: Uint8Array.of(0xe9, 0),
  absent: undefined,
});
const root = node('', { '#address-cells': 1, '#size-cells': 0 }, [node('bus', {}, [sample])]);

test('values are encoded big-endian, strings with a NUL at their end', () => {
  expect(property(sample, 'one')).toEqual(Uint8Array.of(255, 255, 255, 255));
  expect(property(sample, 'two')).toEqual(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2));
  expect(property(sample, 'list')).toEqual(Uint8Array.of(0x61, 0, 0, 0x62, 0));
  expect(property(sample, 'empty')).toEqual(new Uint8Array(0));
  expect(sample.properties.map(({ name }) => name)).not.toContain('absent');
  expect(concat('a', 1, true, strings('b'), ['c'])).toEqual(
    Uint8Array.of(0x61, 0, 0, 0, 0, 1, 0x62, 0, 0x63, 0),
  );
});

test('a property does not change with the bytes that it was made of', () => {
  const bytes = Uint8Array.of(1);
  const made = node('n', { bytes });
  bytes[0] = 2;
  expect(property(made, 'bytes')).toEqual(Uint8Array.of(1));
});

test('what was put in is read back, and absence is undefined', () => {
  expect(u32(sample, 'one')).toBe(0xffff_ffff);
  expect(u64(sample, 'two')).toBe(0x1_0000_0002n);
  expect(cellsOf(sample, 'several')).toEqual([1, 2, 3]);
  expect(stringOf(sample, 'text')).toBe('héllo');
  expect(stringsOf(sample, 'list')).toEqual(['a', '', 'b']);
  expect(stringsOf(sample, 'empty')).toEqual([]);
  expect(
    [property, u32, u64, cellsOf, stringOf, stringsOf].map((of) => of(sample, 'none')),
  ).toEqual(Array.from({ length: 6 }, () => undefined));
});

test('a value inside a greater buffer is read at its own place', () => {
  const value = Uint8Array.of(9, 0, 0, 0, 7).subarray(1);
  expect(u32({ ...sample, properties: [{ name: 'p', value }] }, 'p')).toBe(7);
});

test('reg is read with the counts of cells that the parent gives', () => {
  const reg = node('n', { reg: cells(0, 1, 2, 3, 4, 5), 'xen,static-mem': cells64(1, 2) });
  expect(regOf(reg, 2, 1)).toEqual([
    { address: 1n, size: 2n },
    { address: 0x3_0000_0004n, size: 5n },
  ]);
  expect(regOf(reg, 1, 0)).toHaveLength(6);
  expect(regOf(reg, 2, 2, 'xen,static-mem')).toEqual([{ address: 1n, size: 2n }]);
  expect(regOf(reg, 2, 2, 'none')).toEqual([]);
  expect(cellCounts(root)).toEqual({ addressCells: 1, sizeCells: 0 });
  expect(cellCounts(sample)).toEqual({ addressCells: 2, sizeCells: 1 });
});

const place = locate(root, '/bus/sample') ?? sample;
for (const [title, read, message] of [
  ['a cell', () => u32(place, 'two'), 'one cell was wanted, 8 bytes are there'],
  ['two cells', () => u64(place, 'one'), 'two cells was wanted, 4 bytes are there'],
  ['cells', () => cellsOf(place, 'bytes'), 'whole cells of 4 bytes was wanted, 3 bytes are there'],
  ['one string', () => stringOf(place, 'list'), 'one string was wanted, 3 are there'],
  ['a string of none', () => stringOf(place, 'empty'), 'one string was wanted, 0 are there'],
  ['strings', () => stringsOf(place, 'bytes'), 'its 3 bytes do not end in a NUL'],
  ['text', () => stringsOf(place, 'latin'), 'its 2 bytes are not UTF-8 text'],
  ['reg', () => regOf(place, 2, 2, 'several'), /entries of 2 address and 2 size cells .* 3 cells/],
  ['reg of nothing', () => regOf(place, 0, 0, 'one'), /entries of 0 address and 0 size cells/],
] as const) {
  test(`${title}: a wrong length names the node's path and the property`, () => {
    expect(read).toThrow(MisuseError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^device tree, node \/bus\/sample@1, property \w+: /);
  });
}

test('without its path, a node is named by its own name', () => {
  const bare = find(root, '/bus/sample') ?? root;
  expect(() => u32(bare, 'bytes')).toThrow(/node sample@1, property bytes: one cell/);
});

for (const [title, make, message] of [
  ['a negative cell', () => cells(-1), /-1 is not an integer of 32 bits/],
  ['a cell of 33 bits', () => node('n', { p: 2 ** 32 }), /4294967296 is not an integer/],
  ['a fraction', () => cells(0.5), /0.5 is not an integer/],
  ['a negative pair', () => cells64(-1n), /-1 is not an integer of 64 bits/],
  ['a pair of 65 bits', () => cells64(1n << 64n), /18446744073709551616 is not an integer of 64/],
  ['an inexact pair', () => cells64(2 ** 53), /9007199254740992 is not an exact/],
  ['a NUL in a string', () => strings('a\0b'), /contains a NUL/],
  ['a space in a node name', () => node('a b'), /"a b" is no node name/],
  ['two unit addresses', () => node('a@0@1'), /"a@0@1" is no node name/],
  ['no unit address after an @', () => node('a@'), /"a@" is no node name/],
  ['a name without a base', () => node('@0'), /"@0" is no node name/],
  ['a long name', () => node('a'.repeat(256)), /longer than 255/],
  ['a bad property name', () => node('a', { 'b c': true }), /node a: "b c" is no property name/],
  ['two children of one name', () => node('', {}, [sample, sample]), /\/: two .* named sample@1/],
  ['a child without a name', () => node('a', {}, [root]), /node a: a child has an empty name/],
] as const) {
  test(`${title} is refused`, () => {
    expect(make).toThrow(MisuseError);
    expect(make).toThrow(message);
  });
}
