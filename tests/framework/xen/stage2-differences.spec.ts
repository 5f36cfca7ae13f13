// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { Stage2Map } from '../../../lib/memory/stage2-map.ts';
import type { Stage2Entry } from '../../../lib/memory/stage2-walk.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { guestAddressOf, hostAddressOf, PAGE } from '../../../lib/support/units.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import { findDifferences } from '../../../lib/xen/stage2-differences.ts';

const plan = planSystem(
  {
    sharedMemory: {
      area: { size: 3 * PAGE, hostAddress: 0x6000_0000n },
      anywhere: { size: PAGE, hostAddress: 'xen' },
    },
    domains: {
      owner: { probe: 'memory', maps: { area: { role: 'owner' }, anywhere: {} } },
      borrower: { probe: 'memory', maps: { area: { role: 'borrower' }, anywhere: {} } },
      stranger: { probe: 'memory' },
    },
  },
  virtLayout,
);
const [area = 0n, anywhere = 0n] =
  plan.domains[0]?.mappings.map(({ guestAddress }) => guestAddress) ?? [];

/** A page as Xen maps it for a borrower, but for what `changes` says. */
function page(guest: bigint, host: bigint, changes: Partial<Stage2Entry> = {}): Stage2Entry {
  return {
    guestAddress: guestAddressOf(guest),
    hostAddress: hostAddressOf(host),
    size: BigInt(PAGE),
    count: 1,
    level: 3,
    lazy: false,
    software: 6,
    descriptor: 0x7ffn,
    memory: 'normal-write-back',
    shareability: 'inner',
    access: 'rw',
    execute: false,
    ...changes,
  };
}

const owned = { software: 1, execute: true } as const;
const step = BigInt(PAGE);
const areaAs = (changes: Partial<Stage2Entry> = {}): Stage2Entry[] =>
  [0n, 1n, 2n].map((index) => page(area + index * step, 0x6000_0000n + index * step, changes));

const good = {
  owner: [...areaAs(owned), page(anywhere, 0x7000_0000n)],
  borrower: [...areaAs(), page(anywhere, 0x7000_0000n)],
  stranger: [] as Stage2Entry[],
};

function differences(change: Partial<typeof good>): string[] {
  const entries = Object.entries({ ...good, ...change });
  return findDifferences(
    plan,
    new Map(entries.map(([name, list]) => [name, new Stage2Map(list)])),
    [],
  );
}

test('what is mapped as planned does not differ', () => {
  expect(differences({})).toEqual([]);
});

for (const [what, borrower, text] of [
  [
    'a page that is not mapped',
    [...areaAs().slice(0, 2), page(anywhere, 0x7000_0000n)],
    `borrower: area, page 3 of 3, at guest address 0x${(area + 2n * step).toString(16)}, is not mapped`,
  ],
  [
    'frames that are not the ones that were planned',
    [
      ...areaAs().map((entry) => ({ ...entry, hostAddress: hostAddressOf(0x6500_0000n) })),
      page(anywhere, 0x7000_0000n),
    ],
    `borrower: area, page 1 of 3, at guest address 0x${area.toString(16)}, is frame 0x65000000, not 0x60000000; 3 pages differ`,
  ],
  [
    'a frame of Xen’s choice that is not the one that the others have',
    [...areaAs(), page(anywhere, 0x7100_0000n)],
    `borrower: anywhere, page 1 of 1, at guest address 0x${anywhere.toString(16)}, is frame 0x71000000, not 0x70000000`,
  ],
  [
    'attributes that a borrower is not to have',
    [...areaAs(owned), page(anywhere, 0x7000_0000n)],
    `borrower: area, page 1 of 3, at guest address 0x${area.toString(16)}, is ram_rw: normal-write-back, inner shareable, rw, execute; not map_foreign_rw: normal-write-back, inner shareable, rw, no execute; 3 pages differ`,
  ],
] as const)
  test(`what differs is told with the first page and how many do: ${what}`, () => {
    expect(differences({ borrower: [...borrower] })).toEqual([text]);
  });

test('a domain that has what only others share is told of', () => {
  const [first] = differences({ stranger: [page(0x4800_0000n, 0x6000_0000n)] });
  expect(first).toMatch(/^owner \(area, .* and stranger \(undeclared, .* both have frames/);
});

test('a domain whose tables could not be read is not judged', () => {
  const maps = new Map([['owner', new Stage2Map(good.owner)]]);
  expect(findDifferences(plan, maps, [])).toEqual([]);
});
