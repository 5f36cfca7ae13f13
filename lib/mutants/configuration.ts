// SPDX-License-Identifier: Apache-2.0
/**
 * Faults in a configuration: what is booted differs in one field from what was planned, and the
 * harness goes on believing the plan. Each leaves a plan without that field as it is.
 */
import { GiB, guestAddressOf, hostAddressOf, MiB, PAGE, SUPERPAGE } from '../support/units.ts';
import type {
  PlannedDomain,
  PlannedEventChannel,
  PlannedMachine,
  PlannedMapping,
  PlannedRegion,
  SystemPlan,
} from '../xen/plan.ts';

/** A fault in one field. */
export interface ConfigurationMutant {
  readonly name: string;
  readonly what: string;
  readonly apply: (plan: SystemPlan) => SystemPlan;
}

/** A field of something, and a value for it that is plausible and wrong. */
interface Change<T> {
  readonly field: string;
  readonly what: string;
  /** Undefined where there is nothing to change. */
  readonly to: (from: T, plan: SystemPlan) => T | undefined;
}

const later = (region: PlannedRegion): PlannedRegion | undefined =>
  region.hostAddress === undefined
    ? undefined
    : { ...region, hostAddress: hostAddressOf(region.hostAddress + BigInt(PAGE)) };
const larger = (region: PlannedRegion): PlannedRegion => ({ ...region, size: region.size + PAGE });
const smaller = (region: PlannedRegion): PlannedRegion | undefined =>
  region.size > PAGE ? { ...region, size: region.size - PAGE } : undefined;
const renamed = (region: PlannedRegion): PlannedRegion => ({
  ...region,
  id: `${region.id.slice(0, 14)}~`,
});

const regionChanges: readonly Change<PlannedRegion>[] = [
  { field: 'host-address', what: 'begins one page later in host memory', to: later },
  {
    field: 'host-address-left-out',
    what: 'is taken from Xen’s heap',
    to: (region) =>
      region.hostAddress === undefined ? undefined : { ...region, hostAddress: undefined },
  },
  { field: 'size-more', what: 'is one page larger', to: larger },
  { field: 'size-less', what: 'is one page smaller', to: smaller },
  { field: 'id', what: 'has another id', to: renamed },
];

function ofMapping(change: Change<PlannedRegion>): Change<PlannedMapping> {
  const { field, what } = change;
  const to = (mapping: PlannedMapping, plan: SystemPlan): PlannedMapping | undefined => {
    const region = change.to(mapping.region, plan);
    return region === undefined ? undefined : { ...mapping, region };
  };
  return { field, what: `${what}, for this mapping only`, to };
}

const mappingChanges: readonly Change<PlannedMapping>[] = [
  ...regionChanges.map(ofMapping),
  {
    field: 'role',
    what: 'has the other role',
    to: (mapping) => ({ ...mapping, role: mapping.role === 'owner' ? 'borrower' : 'owner' }),
  },
  {
    field: 'guest-address',
    what: 'lies one page further in the guest',
    to: (mapping) => ({
      ...mapping,
      guestAddress: guestAddressOf(mapping.guestAddress + BigInt(PAGE)),
    }),
  },
];

const domainChanges: readonly Change<PlannedDomain>[] = [
  {
    field: 'memory-more',
    what: 'has 2 MiB more RAM',
    to: (domain) => ({ ...domain, memory: domain.memory + SUPERPAGE }),
  },
  {
    field: 'memory-less',
    what: 'has 2 MiB less RAM',
    to: (domain) => ({ ...domain, memory: domain.memory - SUPERPAGE }),
  },
  {
    field: 'vcpus-more',
    what: 'has one vCPU more',
    to: (domain) => ({ ...domain, vcpus: domain.vcpus + 1 }),
  },
  {
    field: 'vcpus-less',
    what: 'has one vCPU less',
    to: (domain) => (domain.vcpus > 1 ? { ...domain, vcpus: domain.vcpus - 1 } : undefined),
  },
  {
    field: 'static-memory',
    what: 'has its static memory 2 MiB further on',
    to: (domain) =>
      domain.staticMemory === undefined
        ? undefined
        : { ...domain, staticMemory: hostAddressOf(domain.staticMemory + BigInt(SUPERPAGE)) },
  },
  {
    field: 'static-memory-left-out',
    what: 'has its RAM from Xen’s heap instead of static memory',
    to: (domain) =>
      domain.staticMemory === undefined ? undefined : { ...domain, staticMemory: undefined },
  },
  {
    field: 'enhanced-left-out',
    what: 'is not told of Xen',
    to: (domain) =>
      domain.enhanced === undefined ? undefined : { ...domain, enhanced: undefined },
  },
  {
    field: 'mapping-left-out',
    what: 'lacks the last region that it shares',
    to: (domain) =>
      domain.mappings.length === 0
        ? undefined
        : { ...domain, mappings: domain.mappings.slice(0, -1) },
  },
  {
    field: 'mapping-added',
    what: 'borrows a region that it does not share',
    to: (domain, { domains }) => {
      const other = domains
        .flatMap(({ mappings }) => mappings)
        .find(({ region }) => !domain.mappings.some((mapping) => mapping.region === region));
      if (other === undefined) return undefined;
      const role = other.role === undefined ? undefined : 'borrower';
      return { ...domain, mappings: [...domain.mappings, { ...other, role }] };
    },
  },
];

const channelChanges: readonly Change<PlannedEventChannel>[] = [
  {
    field: 'port',
    what: 'has the next port',
    to: (channel) => ({ ...channel, port: channel.port + 1 }),
  },
  {
    field: 'left-out',
    what: 'has a peer that is not there',
    to: (channel) => ({ ...channel, remote: '' }),
  },
];

const machineChanges: readonly Change<PlannedMachine>[] = [
  {
    field: 'gic',
    what: 'has the other interrupt controller',
    to: (machine) => ({ ...machine, gic: machine.gic === 2 ? 3 : 2 }),
  },
  {
    field: 'cpu',
    what: 'has another CPU',
    to: (machine) => ({ ...machine, cpu: machine.cpu === 'max' ? 'cortex-a53' : 'max' }),
  },
  {
    field: 'cpus',
    what: 'has one CPU only',
    to: (machine) => (machine.cpus > 1 ? { ...machine, cpus: 1 } : undefined),
  },
  {
    field: 'memory',
    what: 'has less memory',
    to: (machine) => ({
      ...machine,
      memory: machine.memory - (machine.memory > GiB(4) ? GiB(4) : MiB(256)),
    }),
  },
];

type Position = 'first' | 'last';
const positions: readonly Position[] = ['first', 'last'];

/** A copy of `list` in which `change` is made to the first or last element that it applies to. */
function changed<T>(
  list: readonly T[],
  position: Position,
  to: (from: T) => T | undefined,
): readonly T[] {
  const order = [...list.keys()];
  if (position === 'last') order.reverse();
  for (const index of order) {
    const from = list[index];
    const value = from === undefined ? undefined : to(from);
    if (value !== undefined) return list.with(index, value);
  }
  return list;
}

/** Applies a change to the regions as a whole: every mapping sees it. */
function everywhere(
  plan: SystemPlan,
  position: Position,
  change: Change<PlannedRegion>,
): SystemPlan {
  const regions = changed(plan.regions, position, (region) => change.to(region, plan));
  const mutated = new Map(plan.regions.map((region, index) => [region, regions[index] ?? region]));
  const domains = plan.domains.map((domain) => ({
    ...domain,
    mappings: domain.mappings.map((mapping) => ({
      ...mapping,
      region: mutated.get(mapping.region) ?? mapping.region,
    })),
  }));
  return { ...plan, regions, domains };
}

type Lens<T> = (plan: SystemPlan, position: Position, change: Change<T>) => SystemPlan;

const inDomains: Lens<PlannedDomain> = (plan, position, change) => ({
  ...plan,
  domains: changed(plan.domains, position, (domain) => change.to(domain, plan)),
});

/** A change to an element of a list that each domain has. */
function inLists<T>(
  listOf: (domain: PlannedDomain) => readonly T[],
  replace: (domain: PlannedDomain, list: readonly T[]) => PlannedDomain,
): Lens<T> {
  return (plan, position, change) => {
    const to = (domain: PlannedDomain): PlannedDomain | undefined => {
      const list = listOf(domain);
      const after = changed(list, position, (entry) => change.to(entry, plan));
      return after === list ? undefined : replace(domain, after);
    };
    return { ...plan, domains: changed(plan.domains, position, to) };
  };
}

const inMappings = inLists(
  ({ mappings }) => mappings,
  (domain, mappings) => ({ ...domain, mappings }),
);
const inChannels = inLists(
  ({ eventChannels }) => eventChannels,
  (domain, eventChannels) => ({ ...domain, eventChannels }),
);

function mutantsOf<T>(
  kind: string,
  changes: readonly Change<T>[],
  lens: Lens<T>,
): ConfigurationMutant[] {
  return changes.flatMap((change) =>
    positions.map((position) => ({
      name: `${position}-${kind}-${change.field}`,
      what: `of ${position === 'first' ? 'the first' : 'the last'} ${kind}: ${change.what}`,
      apply: (plan: SystemPlan) => lens(plan, position, change),
    })),
  );
}

/** Every field of a plan that decides what is booted, changed. */
export const configurationMutants: readonly ConfigurationMutant[] = [
  ...mutantsOf('region', regionChanges, everywhere),
  ...mutantsOf('mapping', mappingChanges, inMappings),
  ...mutantsOf('domain', domainChanges, inDomains),
  ...mutantsOf('channel', channelChanges, inChannels),
  ...machineChanges.map(({ field, what, to }) => ({
    name: `machine-${field}`,
    what: `the machine ${what}`,
    apply: (plan: SystemPlan): SystemPlan => ({
      ...plan,
      machine: to(plan.machine, plan) ?? plan.machine,
    }),
  })),
  {
    name: 'domains-swapped',
    what: 'the first two domains are built in the other order',
    apply: (plan: SystemPlan): SystemPlan => {
      const [first, second, ...rest] = plan.domains;
      if (first === undefined || second === undefined) return plan;
      return { ...plan, domains: [second, first, ...rest] };
    },
  },
];
