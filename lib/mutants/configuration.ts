// SPDX-License-Identifier: Apache-2.0
/**
 * Faults in a configuration: what is booted differs in one field from what was planned, and the
 * harness goes on believing the plan. Each leaves a plan without that field as it is.
 */
import type { Survival } from '../images/index.ts';
import type { PlannedDomain, SystemPlan } from '../xen/plan.ts';
import {
  type Change,
  channelChanges,
  domainChanges,
  machineChanges,
  mappingChanges,
  regionChanges,
  sramChanges,
  sramMappingChanges,
} from './changes.ts';

/** A fault in one field. */
export interface ConfigurationMutant {
  readonly name: string;
  readonly what: string;
  readonly survives?: Survival;
  readonly apply: (plan: SystemPlan) => SystemPlan;
}

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

type Lens<T> = (plan: SystemPlan, position: Position, change: Change<T>) => SystemPlan;

/** A change to what several mappings have in common: all of them see it. */
function inCommon<T>(
  listOf: (plan: SystemPlan) => readonly T[],
  replace: (plan: SystemPlan, list: readonly T[], now: (from: T) => T) => SystemPlan,
): Lens<T> {
  return (plan, position, change) => {
    const before = listOf(plan);
    const after = changed(before, position, (from) => change.to(from, plan));
    const now = new Map(before.map((from, index) => [from, after[index] ?? from]));
    return replace(plan, after, (from) => now.get(from) ?? from);
  };
}

const inRegions = inCommon(
  ({ regions }) => regions,
  (plan, regions, now) => ({
    ...plan,
    regions,
    domains: plan.domains.map((domain) => ({
      ...domain,
      mappings: domain.mappings.map((mapping) => ({ ...mapping, region: now(mapping.region) })),
    })),
  }),
);
const inSram = inCommon(
  ({ sram }) => sram,
  (plan, sram, now) => ({
    ...plan,
    sram,
    domains: plan.domains.map((domain) => ({
      ...domain,
      sram: domain.sram.map((use) => ({ ...use, sram: now(use.sram) })),
    })),
  }),
);

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
const inSramMappings = inLists(
  ({ sram }) => sram,
  (domain, sram) => ({ ...domain, sram }),
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
      ...(change.survives && { survives: change.survives }),
      apply: (plan: SystemPlan) => lens(plan, position, change),
    })),
  );
}

/**
 * Every field of a plan that decides what is booted, changed: but the flavour, which the faults of
 * the hypervisor change, and Xen's own arguments.
 */
export const configurationMutants: readonly ConfigurationMutant[] = [
  ...mutantsOf('region', regionChanges, inRegions),
  ...mutantsOf('mapping', mappingChanges, inMappings),
  ...mutantsOf('sram', sramChanges, inSram),
  ...mutantsOf('sram-mapping', sramMappingChanges, inSramMappings),
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
