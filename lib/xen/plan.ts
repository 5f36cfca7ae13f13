// SPDX-License-Identifier: Apache-2.0
import type { Stage1Attribute } from '../memory/attributes.ts';
import { contains, endOf, firstFree, type Range } from '../memory/ranges.ts';
import {
  type Bytes,
  GiB,
  guestAddressOf,
  type GuestAddress,
  hostAddressOf,
  type HostAddress,
  MiB,
  PAGE,
  SUPERPAGE,
} from '../support/units.ts';
import { guestDevices, guestRam, regionBase } from './guest-layout.ts';
import { checkPlan } from './plan-checks.ts';
import type { CpuModel, DomainSpec, MapSpec, SystemSpec } from './spec.ts';
import { checkForm } from './spec-schema.ts';

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
}

export interface PlannedDomain {
  readonly name: string;
  readonly domid: number;
  readonly probe: DomainSpec['probe'];
  readonly memory: Bytes;
  readonly vcpus: number;
  readonly mappings: readonly PlannedMapping[];
  readonly staticMemory: HostAddress | undefined;
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
  readonly domains: readonly PlannedDomain[];
}

/** What the board says of its host memory, so that regions are put where there is room. */
export interface HostLayout {
  /** RAM that Xen gets, for a machine with that much memory. */
  readonly ram: (memory: Bytes) => readonly Range[];
  /** Where boot modules lie. */
  readonly modules: Range;
  /** First host address to choose for a region. */
  readonly regionBase: bigint;
  /** Devices that Xen maps into every domain: the virtual CPU interface of a GICv2. */
  readonly commonDevices: (machine: PlannedMachine) => readonly Range[];
}

const defaultMemory = GiB(1);

const aligned = (size: Bytes): bigint => BigInt(size >= SUPERPAGE ? SUPERPAGE : PAGE);

/** Where there is room: from the board's base for regions, or else from the boot files on. */
function firstInRam(
  spec: SystemSpec,
  layout: HostLayout,
  taken: readonly Range[],
  size: bigint,
  alignment: bigint,
): bigint {
  const ram = layout.ram(spec.machine?.memory ?? defaultMemory);
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
    ...Object.entries(spec.domains).flatMap(([name, { staticMemory, memory }]) =>
      staticMemory === undefined
        ? []
        : [{ name, start: staticMemory, size: BigInt(memory ?? MiB(32)) }],
    ),
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

function planMappings(domain: DomainSpec, regions: readonly PlannedRegion[]): PlannedMapping[] {
  const memory = domain.memory ?? MiB(32);
  const wanted = Object.entries(domain.maps ?? {}).flatMap(([name, maps]) => {
    const region = regions.find((candidate) => candidate.name === name);
    if (region === undefined) return [];
    const list: readonly MapSpec[] = Array.isArray(maps) ? maps : [maps as MapSpec];
    return list.map((map) => ({ region, map }));
  });
  const taken: Range[] = [
    ...guestDevices,
    ...guestRam(memory),
    ...wanted.flatMap(({ region, map }) =>
      map.guestAddress === undefined
        ? []
        : [{ name: region.name, start: map.guestAddress, size: BigInt(region.size) }],
    ),
  ];
  return wanted.map(({ region, map }) => {
    const size = BigInt(region.size);
    const start = map.guestAddress ?? firstFree(taken, regionBase(memory), size, BigInt(SUPERPAGE));
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

/**
 * Fills in defaults, chooses addresses and checks everything that can be known before a boot.
 * @throws MisuseError for a specification that cannot work.
 */
export function planSystem(spec: SystemSpec, layout: HostLayout): SystemPlan {
  checkForm(spec);
  const regions = planRegions(spec, layout);
  const plan: SystemPlan = {
    machine: {
      gic: spec.machine?.gic ?? 3,
      cpu: spec.machine?.cpu ?? 'cortex-a57',
      cpus: spec.machine?.cpus ?? 2,
      memory: spec.machine?.memory ?? defaultMemory,
    },
    flavour: spec.xen?.flavour,
    bootargs: spec.xen?.bootargs ?? [],
    regions,
    domains: Object.entries(spec.domains).map(([name, domain], index) => ({
      name,
      domid: index + 1,
      probe: domain.probe,
      memory: domain.memory ?? MiB(32),
      vcpus: domain.vcpus ?? 1,
      mappings: planMappings(domain, regions),
      staticMemory:
        domain.staticMemory === undefined ? undefined : hostAddressOf(domain.staticMemory),
      eventChannels: planChannels(spec, name),
    })),
  };
  checkPlan(spec, plan, layout);
  return plan;
}
