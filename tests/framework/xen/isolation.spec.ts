// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { Stage2Map } from '../../../lib/memory/stage2-map.ts';
import type { Stage2Entry } from '../../../lib/memory/stage2-walk.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { guestAddressOf, hostAddressOf, PAGE } from '../../../lib/support/units.ts';
import { describeMaps } from '../../../lib/xen/describe-stage2.ts';
import { findLeaks } from '../../../lib/xen/isolation.ts';
import { findVmid, p2mTypeName } from '../../../lib/xen/p2m.ts';
import { planSystem } from '../../../lib/xen/plan.ts';

const plan = planSystem(
  {
    sharedMemory: { one: { size: 2 * PAGE }, two: { size: PAGE } },
    domains: {
      owner: { probe: 'memory', maps: { one: { role: 'owner' }, two: {} } },
      borrower: { probe: 'memory', maps: { one: { role: 'borrower' }, two: {} } },
      stranger: { probe: 'memory' },
    },
  },
  virtLayout,
);
const [one = 0n, two = 0n] =
  plan.domains[0]?.mappings.map(({ guestAddress }) => guestAddress) ?? [];

function entry(guest: bigint, host: bigint, size: bigint = BigInt(PAGE)): Stage2Entry {
  return {
    guestAddress: guestAddressOf(guest),
    hostAddress: hostAddressOf(host),
    size,
    count: 1,
    level: size === BigInt(PAGE) ? 3 : 2,
    lazy: false,
    software: 1,
    descriptor: 0x7ffn,
    memory: 'normal-write-back',
    shareability: 'inner',
    access: 'rw',
    execute: true,
  };
}

const ram = (host: bigint): Stage2Entry => entry(0x4000_0000n, host, 0x20_0000n);
const good = {
  owner: [ram(0x4200_0000n), entry(one, 0x6000_0000n), entry(two, 0x6010_0000n)],
  borrower: [ram(0x4400_0000n), entry(one, 0x6000_0000n), entry(two, 0x6010_0000n)],
  stranger: [ram(0x4600_0000n)],
};

function leaks(
  change: Partial<typeof good>,
  devices: Parameters<typeof findLeaks>[2] = [],
): string[] {
  const entries = { ...good, ...change };
  const maps = new Map(Object.entries(entries).map(([name, list]) => [name, new Stage2Map(list)]));
  return findLeaks(plan, maps, devices).map(({ text }) => text);
}

test('domains that have what they declare leak nothing', () => {
  expect(leaks({})).toEqual([]);
});

test('a page that nothing declares is a leak, whoever else has it', () => {
  const after = one + 2n * BigInt(PAGE);
  expect(leaks({ borrower: [...good.borrower, entry(after, 0x6000_2000n)] })).toEqual([
    `borrower has guest addresses [0x${after.toString(16)}, 0x${(after + 0x1000n).toString(16)}) mapped, which nothing declares, to frames from 0x60002000`,
  ]);
});

test('a run that reaches over the end of a region is cut there', () => {
  const long = [
    ram(0x4400_0000n),
    entry(one, 0x6000_0000n),
    entry(one + 0x1000n, 0x6000_1000n),
    entry(one + 0x2000n, 0x6000_2000n),
  ];
  expect(leaks({ borrower: long })).toHaveLength(1);
});

test('a frame that two domains have without a region in common is a leak', () => {
  expect(leaks({ stranger: [ram(0x4400_0000n)] })).toEqual([
    'borrower (RAM, guest address 0x40000000) and stranger (RAM, guest address 0x40000000) both have frames [0x44000000, 0x44200000)',
  ]);
});

test('two regions that share a frame are a leak, in the same domains too', () => {
  const bled = [ram(0x4400_0000n), entry(one, 0x6000_0000n), entry(two, 0x6000_0000n)];
  expect(leaks({ borrower: bled })).toEqual([
    `owner (one, guest address 0x${one.toString(16)}) and borrower (two, guest address 0x${two.toString(16)}) both have frames [0x60000000, 0x60001000)`,
  ]);
});

test('a device that Xen gives to all is none', () => {
  const gicv = entry(0x300_2000n, 0x804_0000n);
  const both = { owner: [gicv, ...good.owner], stranger: [gicv, ...good.stranger] };

  expect(leaks(both)).toHaveLength(3);
  expect(leaks(both, [{ name: 'GICV', start: 0x804_0000n, size: 0x1_0000n }])).toEqual([]);
});

test('what is mapped beyond such a device is a leak, though it is one run with it', () => {
  const long = entry(0x300_2000n, 0x804_f000n, 0x2000n);

  expect(
    leaks({ stranger: [long, ...good.stranger] }, [
      { name: 'GICV', start: 0x804_0000n, size: 0x1_0000n },
    ]),
  ).toEqual([
    'stranger has guest addresses [0x3003000, 0x3004000) mapped, which nothing declares, to frames from 0x8050000',
  ]);
});

test('maps are told a line for each run of pages', () => {
  const maps = new Map([
    [
      'owner',
      new Stage2Map([
        entry(one, 0x6000_0000n),
        entry(one + 0x1000n, 0x6000_1000n),
        entry(one + 0x2000n, 0x7000_0000n),
      ]),
    ],
    ['none', new Stage2Map([])],
  ]);
  const at = (offset: bigint): string => `0x${(one + offset).toString(16)}`;

  expect(describeMaps(maps)).toBe(
    'domain owner\n' +
      `  ${at(0n)}-${at(0x1fffn)} -> 0x60000000-0x60001fff level 3 ram_rw: normal-write-back, inner shareable, rw, execute\n` +
      `  ${at(0x2000n)}-${at(0x2fffn)} -> 0x70000000-0x70000fff level 3 ram_rw: normal-write-back, inner shareable, rw, execute\n` +
      '\ndomain none\n  nothing is mapped\n',
  );
});

test('Xen’s own words on VMIDs and types are read', () => {
  expect(findVmid('(XEN) p2m mappings for domain 3 (vmid 7):')).toEqual({ domid: 3, vmid: 7 });
  expect(findVmid('(XEN) Rangesets belonging to domain 3:')).toBeUndefined();
  expect([1, 6, 15].map(p2mTypeName)).toEqual(['ram_rw', 'map_foreign_rw', 'type 15']);
});
