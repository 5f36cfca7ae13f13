// SPDX-License-Identifier: Apache-2.0
import { describeRange, endOf } from '../memory/ranges.ts';
import { type Bytes, formatBytes, MiB } from '../support/units.ts';
import { sectionOf } from './dom0.ts';
import { mappedRanges } from './guest-layout.ts';
import type { HostLayout, PlannedDomain, SystemPlan } from './plan.ts';
import type { CpuModel } from './spec.ts';

/**
 * The least RAM of a domain: Xen gives 2 MiB to the kernel and 2 MiB to the device tree, and panics
 * where they do not fit (xen/arch/arm/kernel.c, place_modules).
 */
const leastMemory = MiB(4);

/**
 * Bits of a guest address that both Xen's stage 2 on that CPU (ID_AA64MMFR0_EL1.PARange) and the
 * probe (`aliasShift` in lib/probe/protocol.ts) have.
 */
const guestAddressBits: Readonly<Record<CpuModel, number>> = {
  'cortex-a53': 40,
  'cortex-a57': 44,
  max: 44,
};

function checkDomain(domain: PlannedDomain, cpu: CpuModel): string[] {
  const { name, memory } = domain;
  const bits = guestAddressBits[cpu];
  const small =
    memory < leastMemory
      ? [
          `${sectionOf(name)}: has ${formatBytes(memory)} of RAM;` +
            ` its probe and its device tree need ${formatBytes(leastMemory)}`,
        ]
      : [];
  const beyond = mappedRanges(domain)
    .filter((range) => endOf(range) > 1n << BigInt(bits))
    .map(
      (range) =>
        `${sectionOf(name)}: ${describeRange(range)} is beyond the ${bits} bits of a guest address` +
        ` that ${cpu} and the probe have`,
    );
  return [...small, ...beyond];
}

const sum = (sizes: readonly Bytes[]): Bytes => sizes.reduce((total, size) => total + size, 0);

/**
 * What needs more room than there is: in a domain, in a guest address, in the machine. Xen and the
 * boot files, which need more, are not counted: Xen frees them on its way.
 */
export function checkSizes(plan: SystemPlan, layout: HostLayout): string[] {
  const { machine, domains, regions, sram } = plan;
  const there = sum(layout.ram(machine.memory).map(({ size }) => Number(size)));
  const needs = [
    ['domains', sum(domains.map(({ memory }) => memory))],
    ['regions', sum([...regions, ...sram].map(({ size }) => size))],
  ] as const;
  const needed = sum(needs.map(([, size]) => size));
  const parts = needs.map(([what, size]) => `${what} ${formatBytes(size)}`).join(', ');
  return [
    ...domains.flatMap((domain) => checkDomain(domain, machine.cpu)),
    ...(needed > there
      ? [
          `machine.memory: is ${formatBytes(there)}, but ${formatBytes(needed)} are needed (${parts})`,
        ]
      : []),
  ];
}
