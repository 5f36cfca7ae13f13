// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../import/host-tree.ts';
import { describeWhere } from '../import/where.ts';
import { contains, endOf, overlaps, type Range } from '../memory/ranges.ts';
import { MisuseError } from '../support/errors.ts';
import { alignUp, GiB, hex, hostAddressOf, MiB } from '../support/units.ts';
import { defaultMemory, dom0Name } from '../xen/dom0.ts';
import type { HostLayout, PlannedDomain, SystemPlan } from '../xen/plan.ts';
import { planMachine } from '../xen/plan-machine.ts';
import { planMapping } from './plan-mapping.ts';
import { type PlannedPassed, planPassed } from './plan-passed.ts';
import { hasNullScheduler, processorsFor } from './processors.ts';
import { partiesOf, type ReadDomain, staticMemoryOf } from './sharings.ts';
import type { TrialSystem } from './subject.ts';
import { userArguments } from './xen-arguments.ts';

/** A user's configuration as a board boots it. */
export interface TrialPlan {
  readonly plan: SystemPlan;
  /** Added to every host address that the user wrote, but for those of SRAM. */
  readonly moved: bigint;
  /** What partial device trees give to domains. */
  readonly passed: PlannedPassed;
}

/** RAM that Xen, its modules and its heap take besides the domains, at most. */
const ownRoom = BigInt(MiB(384));

/** A probe tells its name in 32 bytes. */
const longestName = 31;

const sum = (sizes: readonly bigint[]): bigint => sizes.reduce((all, size) => all + size, 0n);

const domainsOf = ({ dom0, domains }: HostTree): readonly ReadDomain[] =>
  dom0.hasKernel ? [dom0, ...domains] : domains;

/** What the user says of host memory: the heap, regions, static memory. */
export function hostRanges(host: HostTree): Range[] {
  const ofDomains = domainsOf(host).flatMap((domain) => [
    ...staticMemoryOf(host, domain),
    ...partiesOf(domain).flatMap(({ id, hostAddress, size }) =>
      hostAddress === undefined ? [] : [{ name: id, start: hostAddress, size }],
    ),
  ]);
  return [...host.staticHeap, ...ofDomains];
}

/** Where the RAM of the board begins. */
export const ramBaseOf = (layout: HostLayout): bigint => layout.ram(GiB(1))[0]?.start ?? 0n;

/** How far the user's host addresses are moved to lie in the board's RAM as they do in their own. */
export function movedBy(
  memory: readonly Range[],
  ranges: readonly Range[],
  layout: HostLayout,
): bigint {
  const base = ramBaseOf(layout);
  const [own] = memory.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  const lowest = ranges.reduce<bigint | undefined>(
    (least, { start }) => (least === undefined || start < least ? start : least),
    undefined,
  );
  if (own !== undefined) return own.start < base ? base - own.start : 0n;
  return lowest !== undefined && lowest < base ? base : 0n;
}

/** Where a boot of probes, or of the user's kernels, has Xen, a device tree and little more. */
const bootFiles = ({ modules }: HostLayout): Range => ({ ...modules, size: BigInt(MiB(14)) });

/**
 * How far all is moved, by whole GiB more than `moved`, so that nothing of the user's lies where the boot
 * has files of its own. On a board that has its RAM where it is, only where all finds some there.
 */
export function clearOf(
  layout: HostLayout,
  moved: bigint,
  ranges: readonly Range[],
  own: Range = bootFiles(layout),
): bigint {
  const at = (by: bigint): Range[] => ranges.map((one) => ({ ...one, start: one.start + by }));
  let by = moved;
  while (at(by).some((range) => overlaps(range, own))) by += BigInt(GiB(1));
  const { machine } = layout;
  if (machine === undefined || by === moved) return by;
  const ram = layout.ram(machine.memory);
  return at(by).every((range) => ram.some((bank) => contains(bank, range))) ? by : moved;
}

/** What the domains of a host device tree take of RAM whose place Xen chooses. */
export function unplacedMemory(host: HostTree): bigint {
  const domains = domainsOf(host).map(({ memory = 0n }) => memory * 1024n);
  const chosen = domainsOf(host).flatMap((domain) =>
    partiesOf(domain).map(({ hostAddress, size }) => (hostAddress === undefined ? size : 0n)),
  );
  return sum(domains) + sum(chosen);
}

/**
 * RAM of the machine, so that all that the user has finds room; sparse, so that it costs nothing.
 * `ranges` are placed by the user, `moved` included; `unplaced` is what else domains take.
 * @throws MisuseError, in the name of `who`, for more than the machine can have.
 */
export function machineMemory(
  who: string,
  layout: HostLayout,
  ranges: readonly Range[],
  unplaced: bigint,
): number {
  const base = ramBaseOf(layout);
  const ends = ranges.map((range) => endOf(range) - base);
  const highest = ends.reduce((most, end) => (end > most ? end : most), 0n);
  const needed = alignUp(highest + unplaced + ownRoom, MiB(256));
  const least = BigInt(GiB(1));
  if (needed > BigInt(GiB(64)))
    throw new MisuseError({
      who,
      what: `needs ${hex(needed)} bytes of RAM, more than the machine is given`,
      remedy: 'a domain or a region is larger, or lies higher, than was meant',
    });
  return Number(needed > least ? needed : least);
}

/** @throws MisuseError for a name that a probe cannot be told. */
export function checkNames({ domains }: HostTree): void {
  const long = domains.find(({ name }) => name.length > longestName);
  if (long === undefined) return;
  throw new MisuseError({
    who: `domain ${long.name}`,
    what: `has a name of ${long.name.length} characters; a probe is told ${longestName}`,
    where: describeWhere(long.where),
    remedy: 'give its node a shorter name, or boot its own kernel: leave out --probe-kernels',
  });
}

/** A domain of a host device tree as it is booted. */
export function planDomain(
  host: HostTree,
  domain: ReadDomain,
  domid: number,
  moved: bigint,
): PlannedDomain {
  const { name, memory, cpus } = domain;
  const [bank] = staticMemoryOf(host, domain);
  return {
    name,
    domid,
    probe: 'memory',
    memory: memory === undefined ? defaultMemory : Number(memory) * 1024,
    vcpus: cpus ?? 1,
    mappings: partiesOf(domain).map(({ id, ...party }) => planMapping(id, party, moved)),
    sram: [],
    staticMemory: bank && hostAddressOf(bank.start + moved),
    enhanced: undefined,
    eventChannels: [],
  };
}

/**
 * The system that a host device tree describes, with a probe in each domain. Nothing is checked:
 * what is wrong with it is for Xen to say.
 * @param by how far host addresses are moved; default: to where the board has RAM, clear of the boot's files.
 * @param others what else has its place in host memory, moved.
 * @throws MisuseError for a tree without domains, and what no machine can have.
 */
export function planTrial(
  host: HostTree,
  layout: HostLayout,
  system: TrialSystem = { host, domains: [], partials: [] },
  by?: bigint,
  others: readonly Range[] = [],
): TrialPlan {
  if (host.domains.length === 0)
    throw new MisuseError({
      who: host.source.file,
      what: 'has no domain: no node with compatible "xen,domain" in /chosen',
    });
  const ranges = hostRanges(host);
  const moved = by ?? clearOf(layout, movedBy(host.memory, ranges, layout), ranges);
  const own = ranges.map((range) => ({ ...range, start: range.start + moved }));
  const placed = [...own, ...others];
  const passed = planPassed(system, { layout, taken: placed, moved });
  const all = [...placed, ...passed.places.ranges];
  const memory = machineMemory(host.source.file, layout, all, unplacedMemory(host));
  const domains = domainsOf(host).map((domain) => {
    const domid = domain.name === dom0Name ? 0 : 1 + host.domains.indexOf(domain);
    const planned = planDomain(host, domain, domid, moved);
    return { ...planned, mappings: [...planned.mappings, ...passed.mappingsOf(domain.name)] };
  });
  const vcpus = domains.reduce((count, domain) => count + domain.vcpus, 0);
  const cpus = processorsFor(hasNullScheduler(host) ? vcpus : 0);
  const regions = new Map(
    domains.flatMap(({ mappings }) => mappings.map(({ region }) => [region.id, region] as const)),
  );
  return {
    moved,
    passed,
    plan: {
      machine: planMachine({ machine: { memory, cpus }, domains: {} }, layout),
      flavour: undefined,
      bootargs: userArguments(host),
      regions: [...regions.values()],
      sram: passed.sram,
      reserved: [],
      domains,
    },
  };
}
