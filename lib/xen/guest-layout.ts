// SPDX-License-Identifier: Apache-2.0
import { endOf, type Range } from '../memory/ranges.ts';
import { MiB } from '../support/units.ts';
import type { PlannedDomain } from './plan.ts';

/**
 * What Xen puts into a guest's address space besides its RAM and what it shares: the guest
 * physical map of xen/include/public/arch-arm.h (4.17 to 4.22 agree on it).
 */
export const guestDevices: readonly Range[] = [
  { name: 'virtio-mmio', start: 0x0200_0000n, size: 0x10_0000n },
  { name: 'GIC distributor', start: 0x0300_1000n, size: 0x1_0000n },
  { name: 'GIC redistributors', start: 0x0302_0000n, size: 0x100_0000n },
  { name: 'vPL011', start: 0x2200_0000n, size: 0x1000n },
  { name: 'grant table', start: 0x3800_0000n, size: 0x100_0000n },
  { name: 'magic pages', start: 0x3900_0000n, size: 0x100_0000n },
];

/** GUEST_RAM0_BASE and its size: 3 GiB. */
export const ramBank0: Range = { name: 'RAM bank 0', start: 0x4000_0000n, size: 0xc000_0000n };

/** GUEST_RAM1_BASE and its size: 1016 GiB. */
export const ramBank1: Range = {
  name: 'RAM bank 1',
  start: 0x2_0000_0000n,
  size: 0xfe_0000_0000n,
};

/**
 * Where a domain's RAM of `memory` bytes lies: bank 0 first, the rest in bank 1
 * (xen/arch/arm/dom0less-build.c, allocate_memory).
 */
export function guestRam(memory: number): Range[] {
  const inBank0 = BigInt(memory) < ramBank0.size ? BigInt(memory) : ramBank0.size;
  const rest = BigInt(memory) - inBank0;
  return [
    { ...ramBank0, name: 'RAM', size: inBank0 },
    ...(rest > 0n ? [{ ...ramBank1, name: 'RAM', size: rest }] : []),
  ];
}

/** What a domain maps besides its RAM, where it sees it: regions, then banks of host memory. */
export function mappedRanges({ mappings, sram }: PlannedDomain): Range[] {
  return [
    ...mappings.map(({ region: { name, size }, guestAddress }) => ({ name, size, guestAddress })),
    ...sram.map(({ sram: { name, size }, guestAddress }) => ({ name, size, guestAddress })),
  ].map(({ name, size, guestAddress }) => ({ name, start: guestAddress, size: BigInt(size) }));
}

/** First address that Crosspage gives to a region, unless the domain's RAM reaches further. */
export const firstRegionAddress = 0x5000_0000n;

/** Where regions may begin in a domain with `memory` bytes of RAM: a guard of 2 MiB after it. */
export function regionBase(memory: number): bigint {
  const [bank0 = ramBank0] = guestRam(memory);
  const after = endOf(bank0) + BigInt(MiB(2));
  return after > firstRegionAddress ? after : firstRegionAddress;
}
