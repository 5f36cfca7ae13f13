// SPDX-License-Identifier: Apache-2.0
import type { Range } from '../memory/ranges.ts';
import type { HostLayout, PlannedMapping } from '../xen/plan.ts';
import type { PlannedSram } from '../xen/sram-plan.ts';
import { type LaidPartials, layPartials } from './lay-partial.ts';
import { dom0Party, partiesOfGroup, passedGroups } from './passed-memory.ts';
import { placeSram, SramPlaces } from './place-sram.ts';
import { planMapping } from './plan-mapping.ts';
import type { Party } from './sharings.ts';
import type { TrialSystem } from './subject.ts';

/** What partial device trees give to domains, on the machine that is booted. */
export interface PlannedPassed {
  readonly places: SramPlaces;
  readonly sram: readonly PlannedSram[];
  readonly partials: LaidPartials;
  /** What a domain is to have mapped. */
  readonly mappingsOf: (domain: string) => readonly PlannedMapping[];
}

/** Where a party has its part on the machine. */
export function placedParty(party: Party, places: SramPlaces): Party {
  const { guestAddress, hostAddress, direct } = party;
  return {
    ...party,
    hostAddress: hostAddress === undefined ? undefined : places.of(hostAddress),
    guestAddress: direct === true ? places.of(guestAddress) : guestAddress,
  };
}

/** Plans it in RAM outside what is `taken`; host addresses that are no SRAM are `moved`. */
export function planPassed(
  system: TrialSystem,
  { layout, taken, moved }: { layout: HostLayout; taken: readonly Range[]; moved: bigint },
): PlannedPassed {
  const { host } = system;
  const groups = passedGroups(system);
  const linux = system.domains.length > 0;
  const given = groups.flatMap(({ windows, iomem }) => [...windows, ...iomem]);
  const places =
    host === undefined
      ? new SramPlaces([], moved)
      : placeSram({ host, given, linux }, layout, taken, moved);
  const parties = groups.flatMap((group) => {
    const dom0 = dom0Party(system, group);
    const all = [...partiesOfGroup(group), ...(dom0 === undefined ? [] : [dom0])];
    return all.map((party) => ({ id: group.id, party: placedParty(party, places) }));
  });
  return {
    places,
    sram: places.places.map(({ sram }) => sram),
    partials: layPartials(system, places),
    mappingsOf: (domain) =>
      parties
        .filter(({ party }) => party.domain === domain)
        .map(({ id, party }) => planMapping(id, party, 0n)),
  };
}
