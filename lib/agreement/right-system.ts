// SPDX-License-Identifier: Apache-2.0
import { MiB, PAGE } from '../support/units.ts';
import type {
  DomainSpec,
  MapSpec,
  SharedMemorySpec,
  SramMapSpec,
  SystemSpec,
} from '../xen/spec.ts';
import type { Random } from './random.ts';

/** Host memory that regions are given where the specification says where: each has 16 MiB. */
const placedRegions = 0x6800_0000n;
/** The same for the RAM of domains: each has 64 MiB. */
const placedMemory = 0x7000_0000n;
/** Guest addresses that are given: each region has 16 MiB, behind the RAM of any domain here. */
const placedGuests = 0x5000_0000n;

const slot = (base: bigint, index: number, size: number, offset = 0): bigint =>
  base + BigInt(index * size + offset);

/** Different names. */
function names(random: Random, count: number): string[] {
  const all = new Set<string>();
  while (all.size < count) all.add(random.word(random.between(1, 9)));
  return [...all];
}

const pagesOf = (random: Random): number => (random.oneIn(8) ? 512 : random.between(1, 32));

function region(random: Random, index: number, heap: boolean): SharedMemorySpec {
  const size = pagesOf(random) * PAGE;
  const where = random.between(0, 2);
  if (where === 0) return heap ? { size, hostAddress: 'xen' } : { size };
  const offset = random.between(0, 0x7ff) * PAGE;
  return where === 1
    ? { size }
    : { size, hostAddress: slot(placedRegions, index, MiB(16), offset) };
}

function mapOf(random: Random, index: number): Pick<MapSpec, 'guestAddress'> {
  if (!random.oneIn(3)) return {};
  return { guestAddress: slot(placedGuests, index, MiB(16), random.between(0, 0x7ff) * PAGE) };
}

const sramMaps: readonly SramMapSpec[] = [{}, { path: false }];

/**
 * A system with nothing wrong: up to three domains, regions with and without roles, from the heap or
 * placed, SRAM, an event channel, static memory.
 * @param heap whether its Xen takes a region without a host address (since 4.20).
 */
export function rightSystem(random: Random, heap = true): SystemSpec {
  const domains = names(random, random.between(1, 3));
  const regions = names(random, random.between(0, 3));
  const banks = Array.from({ length: random.between(0, 2) }, (_unused, index) => `bank${index}`);
  const [first = '', second] = domains;
  const owned = new Set(regions.filter(() => random.oneIn(2)));
  const isStatic = new Set(domains.filter(() => random.oneIn(5)));
  const domain = (name: string, index: number): DomainSpec => ({
    probe: 'memory',
    vcpus: random.between(1, 2),
    memory: MiB(random.pick([16, 32, 64])),
    ...(isStatic.has(name) && { staticMemory: slot(placedMemory, index, MiB(64)) }),
    maps: Object.fromEntries(
      regions.map((one, place) => [
        one,
        {
          ...(owned.has(one) && { role: name === first ? 'owner' : 'borrower' }),
          ...mapOf(random, place),
        },
      ]),
    ),
    sram: Object.fromEntries(banks.map((bank) => [bank, random.pick(sramMaps)])),
  });
  return {
    machine: { gic: random.pick([2, 3]), cpus: 1 },
    sharedMemory: Object.fromEntries(
      regions.map((one, index) => [one, region(random, index, heap)]),
    ),
    sram: Object.fromEntries(banks.map((bank) => [bank, { size: random.between(1, 32) * PAGE }])),
    ...(second !== undefined &&
      random.oneIn(2) && {
        eventChannels: { bell: { [first]: random.between(1, 1023), [second]: 7 } },
      }),
    domains: Object.fromEntries(domains.map((name, index) => [name, domain(name, index)])),
  };
}
