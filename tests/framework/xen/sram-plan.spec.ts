// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { findOverlaps } from '../../../lib/memory/ranges.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { MisuseError } from '../../../lib/support/errors.ts';
import { KiB, MiB, PAGE } from '../../../lib/support/units.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import type { DomainSpec, SystemSpec } from '../../../lib/xen/spec.ts';
import { sramRange } from '../../../lib/xen/sram-plan.ts';

const user = { probe: 'memory', sram: { bank: {} } } as const;
const pair: SystemSpec = {
  sram: { bank: { size: KiB(64) } },
  domains: { left: user, right: user },
};

function faultsOf(spec: unknown): string {
  try {
    planSystem(spec as SystemSpec, virtLayout);
  } catch (error) {
    if (error instanceof MisuseError) return error.message;
    throw error;
  }
  return '';
}

test('a domU has its own address for the bank, dom0 the host’s', () => {
  const { domains, sram } = planSystem(
    { ...pair, dom0: { probe: 'memory', sram: { bank: {} } } },
    virtLayout,
  );

  expect(domains.map(({ name, domid }) => [name, domid])).toEqual([
    ['dom0', 0],
    ['left', 1],
    ['right', 2],
  ]);
  expect(sram[0]?.hostAddress).toBe(0x6000_0000n);
  expect(domains.map((domain) => domain.sram[0]?.guestAddress)).toEqual([
    0x6000_0000n,
    0x5000_0000n,
    0x5000_0000n,
  ]);
});

const attributes = [
  ['xen,reg', 'normal-non-cacheable'],
  ['xen,reg-cacheable', 'normal-write-back'],
] as const;

for (const [by, memory] of attributes)
  test(`with ${by} the probes of a domU and of dom0 map it ${memory} unless they are told`, () => {
    const { domains } = planSystem(
      {
        ...pair,
        dom0: { probe: 'memory', sram: { bank: {} } },
        domains: {
          left: { probe: 'memory', sram: { bank: { by } } },
          right: { probe: 'memory', sram: { bank: { by, memory: 'device-nGnRE' } } },
        },
      },
      virtLayout,
    );

    expect(domains.map((domain) => domain.sram[0]?.memory)).toEqual([
      memory,
      memory,
      'device-nGnRE',
    ]);
  });

test('banks, regions, RAM and boot files never overlap, in the host and in a guest', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 0x400 }), { maxLength: 6 });
  const named = (prefix: string, list: number[]): [string, { size: number }][] =>
    list.map((pages, index) => [`${prefix}${index}`, { size: pages * PAGE }]);
  fc.assert(
    fc.property(sizes, sizes, (banks, regions) => {
      const sram = named('b', banks);
      const sharedMemory = named('r', regions);
      const domain: DomainSpec = {
        probe: 'memory',
        sram: Object.fromEntries(sram.map(([name]) => [name, {}])),
        maps: Object.fromEntries(sharedMemory.map(([name]) => [name, {}])),
      };
      // The plan checks itself: it throws for an overlap.
      const plan = planSystem(
        {
          sram: Object.fromEntries(sram),
          sharedMemory: Object.fromEntries(sharedMemory),
          domains: { domain },
        },
        virtLayout,
      );
      expect(findOverlaps(plan.sram.map(sramRange))).toEqual([]);
      expect(plan.domains[0]?.sram).toHaveLength(banks.length);
    }),
  );
});

test('a bank keeps clear of the RAM and the regions that the specification places', () => {
  const plan = planSystem(
    {
      sharedMemory: { region: { size: PAGE, hostAddress: 0x6000_0000n } },
      sram: { bank: { size: PAGE } },
      domains: {
        owner: {
          probe: 'memory',
          memory: MiB(16),
          staticMemory: 0x6020_0000n,
          maps: { region: { role: 'owner' } },
        },
      },
    },
    virtLayout,
  );

  expect(plan.sram[0]?.hostAddress).toBe(0x6120_0000n);
});

const over = (guestAddress: bigint): unknown => ({
  ...pair,
  domains: { left: { probe: 'memory', sram: { bank: { guestAddress } } } },
});

const wrong: readonly (readonly [string, unknown, string])[] = [
  [
    'a bank over a domain’s RAM',
    over(0x4100_0000n),
    'domains.left: bank [0x41000000, 0x41010000) overlaps RAM [0x40000000, 0x42000000)',
  ],
  [
    'a bank over an emulated device',
    over(0x0301_0000n),
    'domains.left: bank [0x3010000, 0x3020000) overlaps GIC distributor [0x3001000, 0x3011000)',
  ],
  [
    'a bank over the boot files',
    { ...pair, sram: { bank: { size: KiB(64), hostAddress: 0x4060_0000n } } },
    'boot files [0x40200000, 0x48000000) overlaps sram.bank [0x40600000, 0x40610000) in host memory',
  ],
  [
    'a bank over a shared region',
    {
      sharedMemory: { m: { size: PAGE, hostAddress: 0x6000_0000n } },
      sram: { bank: { size: PAGE, hostAddress: 0x6000_0000n } },
      domains: pair.domains,
    },
    'sharedMemory.m [0x60000000, 0x60001000) overlaps sram.bank [0x60000000, 0x60001000) in host',
  ],
  [
    'a bank over another',
    {
      sram: {
        bank: { size: KiB(8), hostAddress: 0x6000_0000n },
        more: { size: PAGE, hostAddress: 0x6000_1000n },
      },
      domains: pair.domains,
    },
    'sram.bank [0x60000000, 0x60002000) overlaps sram.more [0x60001000, 0x60002000) in host memory',
  ],
  [
    'a bank over a domain’s static memory',
    {
      sram: { bank: { size: PAGE, hostAddress: 0x6800_0000n } },
      domains: { left: { ...user, staticMemory: 0x6800_0000n } },
    },
    'domains.left.staticMemory [0x68000000, 0x6a000000) overlaps sram.bank [0x68000000, 0x68001000)',
  ],
  [
    'a bank outside RAM',
    { ...pair, sram: { bank: { size: PAGE, hostAddress: 0x9000_0000n } } },
    'sram.bank [0x90000000, 0x90001000) is not in RAM [0x40000000, 0x80000000)',
  ],
  [
    'a bank that is not aligned in host memory',
    { ...pair, sram: { bank: { size: PAGE, hostAddress: 0x6000_0800n } } },
    'sram.bank.hostAddress is not aligned to 4 KiB',
  ],
  [
    'a bank that is not aligned in a guest',
    over(0x5000_0100n),
    'domains.left.sram.bank.guestAddress is not aligned to 4 KiB',
  ],
  [
    'a bank that is no whole number of pages',
    { ...pair, sram: { bank: { size: 0x1001 } } },
    'sram.bank.size is not a multiple of 4 KiB',
  ],
  [
    'a bank that is not there',
    { ...pair, domains: { left: { probe: 'memory', sram: { bnak: {} } } } },
    'domains.left.sram.bnak: there is no sram.bnak (there is: bank)',
  ],
  [
    'a bank that is not there, of dom0',
    { ...pair, dom0: { probe: 'memory', sram: { bnak: {} } } },
    'dom0.sram.bnak: there is no sram.bnak (there is: bank)',
  ],
  [
    'a bank with the name of a region',
    { ...pair, sharedMemory: { bank: { size: PAGE } } },
    'sram.bank: sharedMemory has that name too',
  ],
  [
    'a mapping by neither path nor force',
    {
      ...pair,
      domains: { left: { probe: 'memory', sram: { bank: { path: false, forceAssign: false } } } },
    },
    'domains.left.sram.bank: Xen wants path or forceAssign, and has neither',
  ],
  [
    'a dom0 that uses what is kept from it',
    {
      ...pair,
      sram: { bank: { size: PAGE, passthrough: true } },
      dom0: { probe: 'memory', sram: { bank: {} } },
    },
    'dom0.sram.bank: sram.bank is marked for passthrough, so that dom0 does not map it',
  ],
  [
    'an unknown way to map it',
    { ...pair, domains: { left: { probe: 'memory', sram: { bank: { by: 'xen,regs' } } } } },
    'domains.left.sram.bank.by is invalid: option: expected one of "xen,reg"|"xen,reg-cacheable"',
  ],
  [
    'a guest address for dom0',
    { ...pair, dom0: { probe: 'memory', sram: { bank: { guestAddress: 0x6000_0000n } } } },
    'dom0.sram.bank.guestAddress is not a key it knows',
  ],
  [
    'a guest address of a bank that the probe has no alias for',
    {
      ...pair,
      domains: { left: { probe: 'memory', sram: { bank: { guestAddress: 1n << 44n } } } },
    },
    'domains.left: bank [0x100000000000, 0x100000010000) is beyond the 44 bits of a guest address',
  ],
  [
    'a dom0 that is too small for its probe',
    { ...pair, dom0: { probe: 'memory', memory: PAGE } },
    'look at: dom0: has 4 KiB of RAM; its probe and its device tree need 4 MiB',
  ],
  [
    'a domU called dom0',
    { domains: { dom0: { probe: 'memory' } } },
    'domains.dom0: is a domU by its place; the hardware domain is the key dom0',
  ],
];

for (const [name, spec, text] of wrong)
  test(`${name} is refused before anything boots`, () => {
    expect(faultsOf(spec)).toContain(text);
  });

test('a dom0 alone is a system', () => {
  expect(faultsOf({ dom0: { probe: 'memory' }, domains: {} })).toBe('');
});
