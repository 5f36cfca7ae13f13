// SPDX-License-Identifier: Apache-2.0
import type { Dom0lessDomain } from '../import/dom0less-domain.ts';
import type { HostTree } from '../import/host-tree.ts';
import { isAligned, PAGE } from '../support/units.ts';
import { guestAddressOf, hostAddressOf } from '../support/units.ts';
import type { Sharing } from '../trial/sharings.ts';
import type { PlannedDomain, PlannedMapping, PlannedRegion, SystemPlan } from '../xen/plan.ts';

type Node = Dom0lessDomain['sharedMemory'][number];

/**
 * A region as a node says it, whatever else is wrong with the node; undefined where it says none. A size
 * that is none is not what its author meant: that is the one of the plan.
 */
function mappingOf(
  { id, role, region }: Node,
  planned: readonly PlannedRegion[],
): PlannedMapping | undefined {
  if (id === undefined || id === '' || region === undefined) return undefined;
  const { host, guest } = region;
  const isSize = region.size > 0n && isAligned(region.size, PAGE);
  const size = isSize ? region.size : planned.find((one) => one.id === id)?.size;
  if (size === undefined) return undefined;
  const known: PlannedRegion = {
    name: id,
    id,
    size: Number(size),
    hostAddress: host === undefined ? undefined : hostAddressOf(host),
  };
  return {
    region: known,
    role: role === 'owner' || role === 'borrower' ? role : undefined,
    guestAddress: guestAddressOf(guest),
    memory: 'normal-write-back',
  };
}

function meantDomain(
  domain: PlannedDomain,
  host: HostTree,
  planned: readonly PlannedRegion[],
): PlannedDomain {
  const read = host.domains.find(({ name }) => name === domain.name);
  if (read === undefined) return domain;
  return {
    ...domain,
    memory: read.memory === undefined ? domain.memory : Number(read.memory) * 1024,
    mappings: read.sharedMemory.flatMap((node) => mappingOf(node, planned) ?? []),
  };
}

/**
 * The plan as the booted tree has it: what its author meant to have, which is what is tried. Nodes
 * count that Xen ignores.
 */
export function meantPlan(plan: SystemPlan, host: HostTree): SystemPlan {
  const domains = plan.domains.map((domain) => meantDomain(domain, host, plan.regions));
  const regions = new Map(
    domains.flatMap(({ mappings }) => mappings.map(({ region }) => [region.id, region] as const)),
  );
  return { ...plan, regions: [...regions.values()], domains };
}

/** All that several domains are to have, or one alone: regions by id, banks by name. */
export function sharingsOfPlan({ domains, regions, sram }: SystemPlan, file: string): Sharing[] {
  const where = { file };
  const shared = regions.map(({ id }): Sharing => ({
    mechanism: 'xen,domain-shared-memory-v1',
    id,
    parties: domains.flatMap(({ name, mappings }) =>
      mappings
        .filter(({ region }) => region.id === id)
        .map(({ region, role, guestAddress }) => ({
          ...{ domain: name, role, guestAddress, where },
          ...{ hostAddress: region.hostAddress, size: BigInt(region.size) },
        })),
    ),
  }));
  const passed = sram.map(({ name: id, size, hostAddress }): Sharing => ({
    mechanism: 'xen,reg',
    id,
    parties: domains.flatMap(({ name, sram: uses }) =>
      uses
        .filter((use) => use.sram.name === id)
        .map(({ guestAddress }) => ({
          ...{ domain: name, role: undefined, guestAddress, where },
          ...{ hostAddress, size: BigInt(size) },
        })),
    ),
  }));
  return [...shared, ...passed].filter(({ parties }) => parties.length > 0);
}
