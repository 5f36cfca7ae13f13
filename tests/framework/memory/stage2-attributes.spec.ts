// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  combineMemory,
  combineShareability,
  deviceTypes,
  readAttributes,
} from '../../../lib/memory/stage2-attributes.ts';

test('descriptors of live machines are read', () => {
  expect(readAttributes(0x0080_0000_6000_07fdn)).toEqual({
    memory: 'normal-write-back',
    shareability: 'inner',
    access: 'rw',
    execute: true,
  });
  expect(readAttributes(0x0340_0000_6000_07fdn)).toMatchObject({ execute: false });
});

test('each field of a descriptor is read by itself', () => {
  const memory = (memAttr: number): string => readAttributes(BigInt(memAttr << 2)).memory;
  expect([0, 1, 2, 3].map(memory)).toEqual(deviceTypes);
  expect([0b0101, 0b1010, 0b1111].map(memory)).toEqual([
    'normal-non-cacheable',
    'normal-write-through',
    'normal-write-back',
  ]);
  expect(memory(0b0111)).toBe('normal-inner-write-back-outer-non-cacheable');
  expect([0b0100, 0b1000, 0b1100].map(memory)).toEqual(['reserved', 'reserved', 'reserved']);
  expect([0, 1, 2, 3].map((bits) => readAttributes(BigInt(bits << 6)).access)).toEqual([
    'none',
    'ro',
    'wo',
    'rw',
  ]);
  expect([0, 1, 2, 3].map((bits) => readAttributes(BigInt(bits << 8)).shareability)).toEqual([
    'none',
    'reserved',
    'outer',
    'inner',
  ]);
});

// Arm ARM D8.6.6: the table of what stage 1 and stage 2 combine to, without FEAT_S2FWB.
const combinations = [
  ['normal-write-back', 'normal-write-back', 'normal-write-back'],
  ['normal-write-back', 'normal-write-through', 'normal-write-through'],
  ['normal-write-back', 'normal-non-cacheable', 'normal-non-cacheable'],
  ['normal-write-through', 'normal-non-cacheable', 'normal-non-cacheable'],
  ['normal-write-back', 'device-nGnRE', 'device-nGnRE'],
  ['device-GRE', 'normal-write-back', 'device-GRE'],
  ['device-GRE', 'device-nGRE', 'device-nGRE'],
  ['device-nGnRE', 'device-nGnRnE', 'device-nGnRnE'],
  [
    'normal-write-back',
    'normal-inner-write-back-outer-non-cacheable',
    'normal-inner-write-back-outer-non-cacheable',
  ],
  [
    'normal-write-through',
    'normal-inner-write-back-outer-non-cacheable',
    'normal-inner-write-through-outer-non-cacheable',
  ],
  ['normal-write-back', 'reserved', 'reserved'],
] as const;

test('memory types combine as the Arm ARM’s table says, whichever stage is which', () => {
  for (const [one, other, both] of combinations) {
    expect(combineMemory(one, other)).toBe(both);
    expect(combineMemory(other, one)).toBe(both);
  }
});

test('the wider shareability wins, and Device and Non-cacheable are outer', () => {
  const of = combineShareability;
  expect(of('normal-write-back', 'inner', 'outer')).toBe('outer');
  expect(of('normal-write-back', 'none', 'inner')).toBe('inner');
  expect(of('normal-write-back', 'none', 'none')).toBe('none');
  expect(of('normal-non-cacheable', 'none', 'none')).toBe('outer');
  expect(of('device-nGnRE', 'inner', 'inner')).toBe('outer');
});
