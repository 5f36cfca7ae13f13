// SPDX-License-Identifier: Apache-2.0
import type { PlacedRange } from '../import/tree-reader.ts';
import { describeRange, endOf, overlaps, type Range } from '../memory/ranges.ts';
import { hex } from '../support/units.ts';
import { guestDevices, guestRam } from '../xen/guest-layout.ts';
import { type GuestModules, guestModules } from './guest-modules.ts';
import type { Finding } from './finding.ts';

/** An address space of a guest: what it gets, and what is shared into it. */
export interface GuestSpace {
  readonly domain: string;
  /** In bytes; undefined when it is not known. */
  readonly memory: bigint | undefined;
  /** Direct-mapped: its RAM and devices are at host addresses. */
  readonly direct: boolean;
  /** Put on top of what is there. */
  readonly added: readonly PlacedRange[];
  /** Parts of the domain's own RAM that it shares. */
  readonly own: readonly PlacedRange[];
  /** What is put into its RAM beside the kernel. */
  readonly modules: GuestModules;
}

const consequences: readonly (readonly [RegExp, string])[] = [
  [/^RAM/, 'the mapping replaces the guest’s RAM there in silence: whatever lay there is gone'],
  [/^GIC|^vPL011|^virtio/, 'the mapping takes the device’s place in silence: the guest loses it'],
  [/./, 'the later mapping replaces the earlier one in silence'],
];

const consequenceOf = (name: string): string =>
  consequences.find(([pattern]) => pattern.test(name))?.[1] ?? '';

/** Where a part that has to move may go: steps in the 3 GiB from GUEST_RAM0_BASE on (arch-arm.h). */
const places = Array.from(
  { length: 11 },
  (_unused, index) => 0x5000_0000n + BigInt(index) * 0x1000_0000n,
);

/** One at which there is nothing; undefined where there is none. */
const freeAddress = (size: bigint, taken: readonly Range[]): bigint | undefined =>
  places.find(
    (start) =>
      start + size <= 0x1_0000_0000n &&
      !taken.some((range) => overlaps(range, { name: '', start, size })),
  );

/** Of what is found: in which domain, beside which other place, and all that the guest has. */
interface Around {
  readonly domain: string;
  readonly related?: PlacedRange;
  readonly taken: readonly Range[];
}

function finding(
  range: PlacedRange,
  other: Range,
  { domain, related, taken }: Around,
  modules: readonly Range[] = [],
): Finding {
  const free = freeAddress(range.size, taken);
  const hit = modules.find((one) => overlaps(range, one));
  return {
    rule: 'guest-overlap',
    severity: 'error',
    where: range.where,
    ...(related && { related: [related.where] }),
    message: `${domain}: ${describeRange(range)} overlaps ${describeRange(other)}`,
    consequence: `${consequenceOf(other.name)}${hit === undefined ? '' : `, ${hit.name} too`}`,
    fix: `choose a guest address where the guest has nothing${free === undefined ? '' : `, such as ${hex(free)}`}`,
  };
}

/** The page where an arm64 Image without a text offset is loaded: the beginning of RAM. */
const imageStart = 0x4000_0000n;

function image(range: PlacedRange, domain: string): Finding[] {
  if (!overlaps(range, { name: '', start: imageStart, size: 0x1000n })) return [];
  return [
    {
      rule: 'image-page',
      severity: 'error',
      where: range.where,
      message: `${domain}: ${describeRange(range)} begins where the kernel’s image lies`,
      consequence: 'the other side writes into the kernel’s first page, which the guest needs',
      fix: 'share a page some MiB below the end of the guest’s RAM',
    },
  ];
}

/** What no guest address reaches on a processor with 40 bits, as Zynq's Cortex-A53 has. */
function beyond(range: PlacedRange, domain: string): Finding[] {
  if (endOf(range) <= 1n << 40n) return [];
  return [
    {
      rule: 'guest-beyond',
      severity: 'warning',
      where: range.where,
      message: `${domain}: ${describeRange(range)} does not fit 40 bits`,
      consequence:
        'where the processor has fewer bits, Xen panics or leaves the page out in silence',
      fix: 'choose an address below 0x10000000000',
    },
  ];
}

/** A part of the RAM that is shared, and that the guest is booted from. */
function checkModules({ domain, memory, own, modules }: GuestSpace): Finding[] {
  if (memory === undefined) return [];
  const there = guestModules(memory, modules);
  return own.flatMap((range) =>
    there
      .filter((one) => overlaps(range, one))
      .map((one): Finding => ({
        rule: 'guest-modules',
        severity: 'error',
        where: range.where,
        message: `${domain}: ${describeRange(range)} is where the toolstack puts ${describeRange(one)}`,
        consequence: 'the other side writes over what the guest is booted from',
        fix: 'share memory some MiB below the end of its RAM, and not 128 MiB into it',
      })),
  );
}

/** What lies twice at one guest address. */
export function checkGuestSpace(space: GuestSpace): Finding[] {
  const { domain, memory, direct, added, own } = space;
  const ram = memory === undefined ? [] : guestRam(Number(memory));
  const booted = memory === undefined ? [] : guestModules(memory, space.modules);
  const there: readonly Range[] = direct ? [] : [...ram, ...guestDevices];
  const taken = [...there, ...added, ...own];
  return [
    ...[...added, ...own].flatMap((range) => beyond(range, domain)),
    ...added.flatMap((range) =>
      there
        .filter((one) => overlaps(range, one))
        .map((one) => finding(range, one, { domain, taken }, one.name === 'RAM' ? booted : [])),
    ),
    ...[...added, ...own].flatMap((range, index, all) =>
      all
        .slice(index + 1)
        .filter((other) => overlaps(range, other))
        .map((other) => finding(other, range, { domain, related: range, taken })),
    ),
    ...(direct ? [] : own.flatMap((range) => image(range, domain))),
    ...(direct ? [] : checkModules(space)),
  ];
}
