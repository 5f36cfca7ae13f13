// SPDX-License-Identifier: Apache-2.0
/** What may be wrong in each field of a plan: plausible values, as data. */
import type { Survival } from '../images/index.ts';
import {
  type Bytes,
  GiB,
  guestAddressOf,
  hostAddressOf,
  MiB,
  PAGE,
  SUPERPAGE,
} from '../support/units.ts';
import type {
  PlannedDomain,
  PlannedEventChannel,
  PlannedMachine,
  PlannedMapping,
  PlannedRegion,
  SystemPlan,
} from '../xen/plan.ts';
import type { PlannedSram, PlannedSramMapping } from '../xen/sram-plan.ts';

/** A field of something, and a value for it that is plausible and wrong. */
export interface Change<T> {
  readonly field: string;
  readonly what: string;
  /** Why no test need notice it. */
  readonly survives?: Survival;
  /** Undefined where there is nothing to change. */
  readonly to: (from: T, plan: SystemPlan) => T | undefined;
}

const later = (region: PlannedRegion): PlannedRegion | undefined =>
  region.hostAddress === undefined
    ? undefined
    : { ...region, hostAddress: hostAddressOf(region.hostAddress + BigInt(PAGE)) };
const larger = <T extends { readonly size: Bytes }>(from: T): T => ({
  ...from,
  size: from.size + PAGE,
});
const smaller = <T extends { readonly size: Bytes }>(from: T): T | undefined =>
  from.size > PAGE ? { ...from, size: from.size - PAGE } : undefined;
const renamed = (region: PlannedRegion): PlannedRegion => ({
  ...region,
  id: `${region.id.slice(0, 14)}~`,
});

/** Of a region. */
export const regionChanges: readonly Change<PlannedRegion>[] = [
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

/** Of a mapping. */
export const mappingChanges: readonly Change<PlannedMapping>[] = [
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

/** Of host memory outside Xen's hands. */
export const sramChanges: readonly Change<PlannedSram>[] = [
  {
    field: 'host-address',
    what: 'begins one page later in host memory',
    to: (bank) => ({ ...bank, hostAddress: hostAddressOf(bank.hostAddress + BigInt(PAGE)) }),
  },
  { field: 'size-more', what: 'is one page larger', to: larger },
  { field: 'size-less', what: 'is one page smaller', to: smaller },
  {
    field: 'passthrough',
    what: 'is kept from dom0, or is not where it should be',
    to: (bank) => ({ ...bank, passthrough: !bank.passthrough }),
  },
  {
    field: 'exported',
    what: 'is not given to user space by Linux’ driver',
    to: (bank) => (bank.exported ? { ...bank, exported: false } : undefined),
  },
];

/** Of a mapping of it: dom0's has nothing that could be changed. */
export const sramMappingChanges: readonly Change<PlannedSramMapping>[] = [
  {
    field: 'host-address',
    what: 'is of the page that follows in host memory',
    to: ({ sram, ...use }) =>
      use.by === undefined
        ? undefined
        : {
            ...use,
            sram: { ...sram, hostAddress: hostAddressOf(sram.hostAddress + BigInt(PAGE)) },
          },
  },
  {
    field: 'guest-address',
    what: 'lies one page further in the guest',
    to: (use) =>
      use.by === undefined
        ? undefined
        : { ...use, guestAddress: guestAddressOf(use.guestAddress + BigInt(PAGE)) },
  },
  {
    field: 'by',
    what: 'is by the other property',
    to: (use) =>
      use.by === undefined
        ? undefined
        : { ...use, by: use.by === 'xen,reg' ? 'xen,reg-cacheable' : 'xen,reg' },
  },
  {
    field: 'force-assign',
    what: 'is not forced without an IOMMU',
    to: (use) => (use.forceAssign ? { ...use, forceAssign: false } : undefined),
  },
  {
    field: 'path',
    what: 'does not name the host’s node',
    survives: {
      because: 'equivalent',
      argument:
        'beside xen,force-assign-without-iommu the path is not needed (docs/misc/arm/passthrough.txt), ' +
        'and a guest is not told of it: tests/sram/shapes.spec.ts shares without it',
    },
    to: (use) => (use.path ? { ...use, path: false } : undefined),
  },
];

/** Of a domain. */
export const domainChanges: readonly Change<PlannedDomain>[] = [
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
    to: (domain: PlannedDomain, { domains }: SystemPlan): PlannedDomain | undefined => {
      const other = domains
        .flatMap(({ mappings }) => mappings)
        .find(({ region }) => !domain.mappings.some((mapping) => mapping.region === region));
      if (other === undefined) return undefined;
      const role = other.role === undefined ? undefined : 'borrower';
      return { ...domain, mappings: [...domain.mappings, { ...other, role }] };
    },
  },
];

/** Of an event channel. */
export const channelChanges: readonly Change<PlannedEventChannel>[] = [
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

/** Of the machine. */
export const machineChanges: readonly Change<PlannedMachine>[] = [
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
