// SPDX-License-Identifier: Apache-2.0
import type { Stage1Attribute } from '../memory/attributes.ts';
import { contains, endOf, firstFree, type Range } from '../memory/ranges.ts';
import {
  type Bytes,
  guestAddressOf,
  type GuestAddress,
  hostAddressOf,
  type HostAddress,
  PAGE,
  SUPERPAGE,
} from '../support/units.ts';
import { defaultMemory, planDom0 } from './dom0.ts';
import { guestDevices, guestRam, regionBase } from './guest-layout.ts';
import type { Share } from './mechanisms.ts';
import { checkPlan } from './plan-checks.ts';
import { planMachine } from './plan-machine.ts';
import type { CpuModel, DomainSpec, MapSpec, SystemSpec } from './spec.ts';
import { type PlannedReserved, planReserved } from './reserved-memory.ts';
import { checkForm } from './spec-schema.ts';
import type { PlannedLinux } from './planned-linux.ts';
import {
  placedSram,
  placedSramMappings,
  type PlannedSram,
  type PlannedSramMapping,
  planSram,
  planSramMappings,
  sramRange,
} from './sram-plan.ts';

/** A region with every choice made. */
export interface PlannedRegion {
  readonly name: string;
  /** `xen,shm-id`. */
  readonly id: string;
  readonly size: Bytes;
  /** `undefined`: left to Xen. */
  readonly hostAddress: HostAddress | undefined;
}

/** One mapping of a region into one domain. */
export interface PlannedMapping {
  readonly region: PlannedRegion;
  readonly role: 'owner' | 'borrower' | undefined;
  readonly guestAddress: GuestAddress;
  readonly memory: Stage1Attribute;
  /** Where in the region it begins. Default 0. */
  readonly offset?: Bytes | undefined;
  /** What the domain is to get at stage 2. Default: what `xen,domain-shared-memory-v1` gives. */
  readonly share?: Share | undefined;
}

export type { PlannedLinux };

export interface PlannedDomain {
  readonly name: string;
  readonly domid: number;
  /** The probe that runs in it, unless Linux does. */
  readonly probe: DomainSpec['probe'] | undefined;
  readonly linux?: PlannedLinux | undefined;
  readonly memory: Bytes;
  readonly vcpus: number;
  readonly mappings: readonly PlannedMapping[];
  readonly sram: readonly PlannedSramMapping[];
  readonly staticMemory: HostAddress | undefined;
  /** `xen,enhanced`. */
  readonly enhanced: DomainSpec['enhanced'];
  readonly eventChannels: readonly PlannedEventChannel[];
}

/** One end of a static event channel. */
export interface PlannedEventChannel {
  readonly name: string;
  readonly port: number;
  readonly remote: string;
}

export interface PlannedMachine {
  readonly gic: 2 | 3;
  readonly cpu: CpuModel;
  readonly cpus: number;
  readonly memory: Bytes;
}

/** A system specification with every default filled in and every address chosen. */
export interface SystemPlan {
  readonly machine: PlannedMachine;
  readonly flavour: string | undefined;
  readonly bootargs: readonly string[];
  readonly regions: readonly PlannedRegion[];
  readonly sram: readonly PlannedSram[];
  readonly reserved: readonly PlannedReserved[];
  /** dom0, if there is one, is the first and has the domid 0. */
  readonly domains: readonly PlannedDomain[];
}

/** What the board says of its host memory, so that regions are put where there is room. */
export interface HostLayout {
  /** What the machine is, where that is not for a specification to choose. */
  readonly machine?: PlannedMachine;
  /** RAM that Xen gets, for a machine with that much memory. */
  readonly ram: (memory: Bytes) => readonly Range[];
  /** Where boot modules lie. */
  readonly modules: Range;
  /** First host address to choose for a region. */
  readonly regionBase: bigint;
  /** Devices that Xen maps into every domain: the virtual CPU interface of a GICv2. */
  readonly commonDevices: (machine: PlannedMachine) => readonly Range[];
}

const aligned = (size: Bytes): bigint => BigInt(size >= SUPERPAGE ? SUPERPAGE : PAGE);

/** RAM that the specification places itself. */
function staticBanks(spec: SystemSpec): Range[] {
  return Object.entries(spec.domains).flatMap(([name, { staticMemory, memory }]) =>
    staticMemory === undefined
      ? []
      : [{ name, start: staticMemory, size: BigInt(memory ?? defaultMemory) }],
  );
}

/** Where there is room: from the board's base for regions, or else from the boot files on. */
function firstInRam(
  spec: SystemSpec,
  layout: HostLayout,
  taken: readonly Range[],
  size: bigint,
  alignment: bigint,
): bigint {
  const ram = layout.ram(planMachine(spec, layout).memory);
  const [preferred, ...others] = [layout.regionBase, endOf(layout.modules)].map((from) =>
    firstFree(taken, from, size, alignment),
  );
  const fits = (start: bigint): boolean =>
    ram.some((bank) => contains(bank, { name: '', start, size }));
  return [preferred ?? 0n, ...others].find(fits) ?? preferred ?? 0n;
}

function planRegions(spec: SystemSpec, layout: HostLayout): PlannedRegion[] {
  const wanted = Object.entries(spec.sharedMemory ?? {});
  const taken: Range[] = [
    layout.modules,
    ...wanted.flatMap(([name, { hostAddress, size }]) =>
      typeof hostAddress === 'bigint' ? [{ name, start: hostAddress, size: BigInt(size) }] : [],
    ),
    ...staticBanks(spec),
    ...placedSram(spec),
  ];
  return wanted.map(([name, region]) => {
    const id = region.id ?? name;
    if (region.hostAddress === 'xen')
      return { name, id, size: region.size, hostAddress: undefined };
    if (region.hostAddress !== undefined)
      return { name, id, size: region.size, hostAddress: hostAddressOf(region.hostAddress) };
    const size = BigInt(region.size);
    // The page after each region stays free: it is where a mapping that is too long would reach.
    const start = firstInRam(spec, layout, taken, size, aligned(region.size));
    taken.push({ name, start, size: size + BigInt(SUPERPAGE) });
    return { name, id, size: region.size, hostAddress: hostAddressOf(start) };
  });
}

/** Chooses guest addresses from `base` on, outside what is `fixed` in the domain. */
function planMappings(
  domain: DomainSpec,
  regions: readonly PlannedRegion[],
  fixed: readonly Range[],
  base: bigint,
): PlannedMapping[] {
  const wanted = Object.entries(domain.maps ?? {}).flatMap(([name, maps]) => {
    const region = regions.find((candidate) => candidate.name === name);
    if (region === undefined) return [];
    const list: readonly MapSpec[] = Array.isArray(maps) ? maps : [maps as MapSpec];
    return list.map((map) => ({ region, map }));
  });
  const taken: Range[] = [
    ...fixed,
    ...wanted.flatMap(({ region, map }) =>
      map.guestAddress === undefined
        ? []
        : [{ name: region.name, start: map.guestAddress, size: BigInt(region.size) }],
    ),
  ];
  return wanted.map(({ region, map }) => {
    const size = BigInt(region.size);
    const start = map.guestAddress ?? firstFree(taken, base, size, BigInt(SUPERPAGE));
    if (map.guestAddress === undefined)
      taken.push({ name: region.name, start, size: size + BigInt(SUPERPAGE) });
    return {
      region,
      role: map.role,
      guestAddress: guestAddressOf(start),
      memory: map.memory ?? 'normal-write-back',
    };
  });
}

function planChannels(spec: SystemSpec, domain: string): PlannedEventChannel[] {
  return Object.entries(spec.eventChannels ?? {}).flatMap(([name, ends]) => {
    const port = ends[domain];
    const remote = Object.keys(ends).find((end) => end !== domain);
    return port === undefined || remote === undefined ? [] : [{ name, port, remote }];
  });
}

function planDomU(
  spec: SystemSpec,
  name: string,
  domid: number,
  regions: readonly PlannedRegion[],
  banks: readonly PlannedSram[],
): PlannedDomain {
  const domain = spec.domains[name] ?? { probe: 'memory' };
  const memory = domain.memory ?? defaultMemory;
  const base = regionBase(memory);
  const fixed = [...guestDevices, ...guestRam(memory), ...placedSramMappings(domain, banks)];
  const mappings = planMappings(domain, regions, fixed, base);
  const mapped = mappings.map(({ region, guestAddress }) => ({
    name: region.name,
    start: guestAddress,
    size: BigInt(region.size + SUPERPAGE),
  }));
  return {
    name,
    domid,
    probe: domain.probe,
    memory,
    vcpus: domain.vcpus ?? 1,
    mappings,
    sram: planSramMappings(domain, banks, [...fixed, ...mapped], base),
    staticMemory:
      domain.staticMemory === undefined ? undefined : hostAddressOf(domain.staticMemory),
    enhanced: domain.enhanced,
    eventChannels: planChannels(spec, name),
  };
}

/** What Xen's allocator does not get, or what boot files and regions take of it. */
function takenOfHost(
  spec: SystemSpec,
  layout: HostLayout,
  regions: readonly PlannedRegion[],
): Range[] {
  return [
    layout.modules,
    ...staticBanks(spec),
    ...regions.flatMap(({ name, hostAddress, size }) =>
      hostAddress === undefined
        ? []
        : [{ name, start: hostAddress, size: BigInt(size + SUPERPAGE) }],
    ),
  ];
}

/**
 * Fills in defaults and chooses addresses, and checks nothing: for boots that are meant to go
 * wrong.
 */
export function planUnchecked(spec: SystemSpec, layout: HostLayout): SystemPlan {
  const regions = planRegions(spec, layout);
  const sram = planSram(spec, takenOfHost(spec, layout, regions), layout.regionBase);
  const taken = [...takenOfHost(spec, layout, regions), ...sram.map(sramRange)];
  const reserved = planReserved(spec, taken, layout.regionBase);
  const domUs = Object.keys(spec.domains).map((name, index) =>
    planDomU(spec, name, index + 1, regions, sram),
  );
  return {
    machine: planMachine(spec, layout),
    flavour: spec.xen?.flavour,
    bootargs: spec.xen?.bootargs ?? [],
    regions,
    sram,
    reserved,
    domains: [...(spec.dom0 === undefined ? [] : [planDom0(spec.dom0, sram, domUs)]), ...domUs],
  };
}

/**
 * Fills in defaults, chooses addresses and checks everything that can be known before a boot.
 * @throws MisuseError for a specification that cannot work.
 */
export function planSystem(spec: SystemSpec, layout: HostLayout): SystemPlan {
  checkForm(spec);
  const plan = planUnchecked(spec, layout);
  checkPlan(spec, plan, layout);
  return plan;
}
