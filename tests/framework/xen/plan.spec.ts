// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { MisuseError } from '../../../lib/support/errors.ts';
import { GiB, KiB, MiB, PAGE } from '../../../lib/support/units.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';

const owner = { probe: 'memory', maps: { m: { role: 'owner' } } } as const;
const borrower = { probe: 'memory', maps: { m: { role: 'borrower' } } } as const;
const pair: SystemSpec = { sharedMemory: { m: { size: PAGE } }, domains: { owner, borrower } };

function faultsOf(spec: unknown): string {
  try {
    planSystem(spec as SystemSpec, virtLayout);
  } catch (error) {
    if (error instanceof MisuseError) return error.message;
    throw error;
  }
  return '';
}

test('a sound specification is planned with every address chosen', () => {
  const plan = planSystem(pair, virtLayout);

  expect(plan.domains.map((domain) => [domain.name, domain.domid])).toEqual([
    ['owner', 1],
    ['borrower', 2],
  ]);
  expect(plan.regions[0]?.hostAddress).toBe(0x6000_0000n);
  expect(plan.domains[1]?.mappings[0]?.guestAddress).toBe(0x5000_0000n);
});

test('regions that are placed by Crosspage keep a free page after each', () => {
  const plan = planSystem(
    {
      sharedMemory: { a: { size: KiB(4) }, b: { size: KiB(4) } },
      domains: { d: { probe: 'memory', maps: { a: {}, b: {} } } },
    },
    virtLayout,
  );
  const [a, b] = plan.regions.map((region) => region.hostAddress ?? 0n);

  expect((b ?? 0n) - (a ?? 0n)).toBeGreaterThanOrEqual(BigInt(2 * PAGE));
});

test('in a small machine a region is placed where its RAM is', () => {
  const plan = planSystem({ ...pair, machine: { memory: MiB(512) } }, virtLayout);

  expect(plan.regions[0]?.hostAddress).toBe(0x4800_0000n);
});

const wrong: readonly (readonly [string, unknown, string])[] = [
  [
    'two owners',
    { ...pair, domains: { a: owner, b: owner } },
    'sharedMemory.m: has 2 owners (a, b)',
  ],
  [
    'an unknown role',
    { ...pair, domains: { a: { probe: 'memory', maps: { m: { role: 'master' } } } } },
    'domains.a.maps.m.role is invalid: option: expected one of "owner"|"borrower"',
  ],
  [
    'borrowers without an owner',
    { ...pair, domains: { borrower } },
    'has borrowers (borrower) and no owner',
  ],
  [
    'a role here and none there',
    { ...pair, domains: { owner, other: { probe: 'memory', maps: { m: {} } } } },
    'sharedMemory.m: other gives no role where another domain gives one',
  ],
  [
    'a region over a domain’s RAM',
    {
      ...pair,
      domains: {
        owner: { probe: 'memory', maps: { m: { role: 'owner', guestAddress: 0x4100_0000n } } },
      },
    },
    'domains.owner: m [0x41000000, 0x41001000) overlaps RAM [0x40000000, 0x42000000)',
  ],
  [
    'a region over an emulated device',
    {
      ...pair,
      domains: {
        owner: { probe: 'memory', maps: { m: { role: 'owner', guestAddress: 0x2200_0000n } } },
      },
    },
    'overlaps vPL011 [0x22000000, 0x22001000)',
  ],
  [
    'overlapping regions',
    {
      sharedMemory: {
        m: { size: KiB(8), hostAddress: 0x6000_0000n },
        n: { size: KiB(8), hostAddress: 0x6000_1000n },
      },
      domains: { owner },
    },
    'sharedMemory.m [0x60000000, 0x60002000) overlaps sharedMemory.n [0x60001000, 0x60003000) in host memory',
  ],
  [
    'a region outside RAM',
    { sharedMemory: { m: { size: PAGE, hostAddress: 0x1000_0000n } }, domains: { owner } },
    'sharedMemory.m [0x10000000, 0x10001000) is not in RAM [0x40000000, 0x80000000)',
  ],
  [
    'a region over the boot files',
    { sharedMemory: { m: { size: PAGE, hostAddress: 0x4040_0000n } }, domains: { owner } },
    'overlaps sharedMemory.m [0x40400000, 0x40401000) in host memory',
  ],
  [
    'a misaligned address',
    { sharedMemory: { m: { size: PAGE, hostAddress: 0x6000_0800n } }, domains: { owner } },
    'sharedMemory.m.hostAddress is not aligned to 4 KiB',
  ],
  [
    'a size that is no multiple of 4 KiB',
    { ...pair, sharedMemory: { m: { size: 100 } } },
    'sharedMemory.m.size is not a multiple of 4 KiB',
  ],
  [
    'an id of 16 characters',
    { ...pair, sharedMemory: { m: { size: PAGE, id: 'x'.repeat(16) } } },
    'sharedMemory.m.id is longer than the 15 characters that Xen keeps',
  ],
  [
    'the same id twice',
    { ...pair, sharedMemory: { m: { size: PAGE }, n: { size: PAGE, id: 'm' } } },
    'sharedMemory.n: has the id "m" of sharedMemory.m',
  ],
  ['an unknown key', { ...pair, domain: {} }, 'domain is not a key it knows'],
  [
    'an unknown key deep inside',
    { ...pair, domains: { owner: { ...owner, memroy: MiB(16) } } },
    'domains.owner.memroy is not a key it knows',
  ],
  [
    'a region that does not exist',
    { ...pair, domains: { owner: { probe: 'memory', maps: { q: { role: 'owner' } } } } },
    'domains.owner.maps.q: there is no sharedMemory.q (there is: m)',
  ],
  [
    'too many regions',
    {
      sharedMemory: Object.fromEntries(
        Array.from({ length: 17 }, (_u, i) => [`r${i}`, { size: PAGE }]),
      ),
      domains: {
        d: {
          probe: 'memory',
          maps: Object.fromEntries(Array.from({ length: 17 }, (_u, i) => [`r${i}`, {}])),
        },
      },
    },
    'domains.d: maps 17 regions',
  ],
  [
    'an event channel with one end',
    { domains: { a: { probe: 'memory' } }, eventChannels: { bell: { a: 10 } } },
    'eventChannels.bell: has 1 ends, not 2',
  ],
  [
    'a domain that is too small for its probe',
    { domains: { d: { probe: 'memory', memory: KiB(256) } } },
    'domains.d: has 256 KiB of RAM; its probe and its device tree need 4 MiB',
  ],
  [
    'a domain that is larger than the machine',
    { domains: { d: { probe: 'memory', memory: GiB(2) } } },
    'machine.memory: is 1 GiB, but 2 GiB are needed (domains 2 GiB, regions 0 B)',
  ],
  [
    'domains and regions that together are larger than the machine',
    {
      sharedMemory: { m: { size: MiB(500), hostAddress: 'xen' } },
      domains: {
        owner: { ...owner, memory: MiB(300) },
        borrower: { ...borrower, memory: MiB(300) },
      },
    },
    'machine.memory: is 1 GiB, but 1.07 GiB are needed (domains 600 MiB, regions 500 MiB',
  ],
  [
    'a guest address that the probe has no alias for',
    {
      ...pair,
      domains: {
        owner,
        borrower: { probe: 'memory', maps: { m: { role: 'borrower', guestAddress: 1n << 45n } } },
      },
    },
    'domains.borrower: m [0x200000000000, 0x200000001000) is beyond the 44 bits of a guest address that cortex-a57',
  ],
  [
    'a region whose last page is beyond what a Cortex-A53 translates',
    {
      machine: { cpu: 'cortex-a53' },
      sharedMemory: { m: { size: KiB(8) } },
      domains: {
        owner: {
          probe: 'memory',
          maps: { m: { role: 'owner', guestAddress: (1n << 40n) - 0x1000n } },
        },
      },
    },
    'is beyond the 40 bits of a guest address that cortex-a53 and the probe have',
  ],
  [
    'a region that no room is left for',
    { ...pair, machine: { memory: MiB(256) }, sharedMemory: { m: { size: MiB(256) } } },
    'is not in RAM [0x40000000, 0x50000000): chosen by Crosspage, there is no room: give machine.memory more',
  ],
  ['no domain', { domains: {} }, 'domains: is empty'],
];

for (const [name, spec, text] of wrong)
  test(`${name} is refused before anything boots`, () => {
    expect(faultsOf(spec)).toContain(text);
  });

test('all faults are told at once', () => {
  const message = faultsOf({
    sharedMemory: { m: { size: PAGE, hostAddress: 0x1000n } },
    domains: { a: owner, b: owner },
  });

  expect(message).toContain('2 faults, nothing was booted');
});
