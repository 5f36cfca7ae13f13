// SPDX-License-Identifier: Apache-2.0
// A part of what is mapped, where entries reach beyond it.
import { expect, test } from '@playwright/test';
import { Stage2Map } from '../../../lib/memory/stage2-map.ts';
import type { Stage2Entry } from '../../../lib/memory/stage2-walk.ts';
import { guestAddressOf, hostAddressOf } from '../../../lib/support/units.ts';

const entry = (guest: bigint, host: bigint, size: bigint): Stage2Entry =>
  ({
    ...{ guestAddress: guestAddressOf(guest), hostAddress: hostAddressOf(host), size },
    ...{ count: 1, level: 2, lazy: false },
  }) as Stage2Entry;

const map = new Stage2Map([
  entry(0x4000_0000n, 0x8000_0000n, 0x20_0000n),
  entry(0x4020_0000n, 0x9000_0000n, 0x1000n),
]);

for (const [what, start, size, parts] of [
  ['a page of a block', 0x4000_3000n, 0x1000n, [[0x4000_3000n, 0x8000_3000n, 0x1000n]]],
  [
    'the end of one and all of the next',
    0x401f_f000n,
    0x4000n,
    [
      [0x401f_f000n, 0x801f_f000n, 0x1000n],
      [0x4020_0000n, 0x9000_0000n, 0x1000n],
    ],
  ],
  ['what is behind all', 0x4020_1000n, 0x1000n, []],
  ['what is before all', 0x3fff_f000n, 0x1000n, []],
] as const)
  test(`${what} is what is mapped there`, () => {
    const { entries } = map.within(start, size);
    expect(entries.map((one) => [one.guestAddress, one.hostAddress, one.size])).toEqual(parts);
  });
