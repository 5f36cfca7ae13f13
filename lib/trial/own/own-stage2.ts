// SPDX-License-Identifier: Apache-2.0
/** What can be said of a sharing when nobody inside of a domain can be asked. */
import type { Stage2Reader } from '../../boot/stage2-reader.ts';
import type { Range } from '../../memory/ranges.ts';
import { Stage2Map, type Stage2Page } from '../../memory/stage2-map.ts';
import { Deadline } from '../../support/deadline.ts';
import { EnvironmentError, messageOf, SubjectError } from '../../support/errors.ts';
import { hex, PAGE } from '../../support/units.ts';
import { isDom0 } from '../../xen/dom0.ts';
import { describeMapping } from '../../xen/measured.ts';
import { p2mTypeName } from '../../xen/p2m.ts';
import type { PlannedDomain, SystemPlan } from '../../xen/plan.ts';
import { apart, type Difference, mismatched, oneSided } from '../examine.ts';
import { lookAtStage2 } from '../look-at-stage2.ts';
import { planMapping } from '../plan-mapping.ts';
import type { Party, Sharing } from '../sharings.ts';
import type { SharingVerdict, TrialFault } from '../verdict.ts';

/** How long a domain may take to be found on a processor. */
const lookMs = 8000;

/** A party as the machine has it. */
export type Placed = (party: Party) => Party;

/** What was seen of the domains' stage-2 tables. */
export interface SeenMaps {
  readonly maps: ReadonlyMap<string, Stage2Map>;
  /** Why a domain's were not. */
  readonly unseen: ReadonlyMap<string, string>;
  /** What is Xen's fault that they were not, as domains that run with one VMID. */
  readonly faults: readonly TrialFault[];
}

/** Of a machine that has ended before it was looked at. */
export const nothingSeen: SeenMaps = { maps: new Map(), unseen: new Map(), faults: [] };

/** The domains with what each has of the sharings: what they are held against. */
export function withSharings(
  plan: SystemPlan,
  domains: readonly PlannedDomain[],
  sharings: readonly Sharing[],
  placed: Placed,
): SystemPlan {
  const planned = domains.map((domain) => ({
    ...domain,
    memory: isDom0(domain) ? 0 : domain.memory,
    mappings: sharings.flatMap(({ id, parties }) =>
      parties
        .filter((party) => party.domain === domain.name)
        .map((party) => planMapping(id, placed(party), 0n)),
    ),
  }));
  const regions = planned.flatMap(({ mappings }) => mappings.map(({ region }) => region));
  const byName = new Map(regions.map((region) => [region.name, region]));
  return { ...plan, regions: [...byName.values()], domains: planned };
}

/** Reads what each domain has mapped; of dom0 what it shares: it may map pages of others too. */
export async function seeMaps(
  reader: Pick<Stage2Reader, 'map' | 'maps'>,
  plan: Pick<SystemPlan, 'domains'>,
): Promise<SeenMaps> {
  const faults: TrialFault[] = [];
  const maps = new Map<string, Stage2Map>();
  const unseen = new Map<string, string>();
  for (const domain of plan.domains) {
    const { name, mappings } = domain;
    try {
      if (!isDom0(domain)) {
        const all = await reader.maps([name], Deadline.after(lookMs));
        maps.set(name, all.get(name) ?? new Stage2Map([]));
      } else if (mappings.length > 0) {
        const parts: Stage2Map[] = [];
        for (const { guestAddress: from, region } of mappings)
          parts.push(await reader.map(name, { from, size: BigInt(region.size) }));
        maps.set(name, new Stage2Map(parts.flatMap(({ entries }) => [...entries])));
      }
    } catch (error) {
      if (!(error instanceof EnvironmentError || error instanceof SubjectError)) throw error;
      const [why = ''] = messageOf(error).split('\n');
      unseen.set(name, why);
      if (error instanceof SubjectError)
        faults.push({ assertion: `stage 2 of ${name} can be looked at`, message: why });
    }
  }
  return { maps, unseen, faults };
}

const describePage = (page: Stage2Page | undefined): string =>
  page === undefined
    ? 'not mapped'
    : describeMapping({ ...page.entry, type: p2mTypeName(page.entry.software) });

/** Pages that follow each other in guest and host memory, with the same attributes. */
interface Run {
  readonly start: bigint;
  readonly host: bigint | undefined;
  readonly mapping: string;
  pages: number;
}

function runsOf(pages: readonly (Stage2Page | undefined)[], from: bigint): Run[] {
  const runs: Run[] = [];
  for (const [index, page] of pages.entries()) {
    const [last, mapping, host] = [runs.at(-1), describePage(page), page?.hostAddress];
    const next = last?.host === undefined ? undefined : last.host + BigInt(last.pages * PAGE);
    if (last?.mapping === mapping && next === host) last.pages++;
    else runs.push({ start: from + BigInt(index * PAGE), host, mapping, pages: 1 });
  }
  return runs;
}

const span = (start: bigint, pages: number): string =>
  `${hex(start)}-${hex(start + BigInt(pages * PAGE) - 1n)}`;

/** Runs that are told of; a region in more pieces is cut. */
const mostRuns = 3;

/** `radar: guest 0x48000000-0x48000fff is host 0x60000000-0x60000fff, ram_rw: ...`. */
function describeParty({ domain, guestAddress, size }: Party, map: Stage2Map): string[] {
  const runs = runsOf(map.pages(guestAddress, Number(size)), guestAddress);
  const told = runs.slice(0, mostRuns).map(({ start, host, mapping, pages }) => {
    const there = host === undefined ? '' : `host ${span(host, pages)}, `;
    return `${domain}: guest ${span(start, pages)} is ${there}${mapping}`;
  });
  const more = runs.length - told.length;
  return more === 0 ? told : [...told, `${domain}: and ${more} more pieces`];
}

/** What is known of the sharings of a system. */
export interface OwnLook {
  readonly seen: SeenMaps | undefined;
  /** Why a domain cannot be a party, where it is not up. */
  readonly down: ReadonlyMap<string, string>;
  readonly placed: Placed;
}

function verdictOf(
  sharing: Sharing,
  { seen, down, placed }: OwnLook,
  differences: readonly Difference[],
): SharingVerdict {
  const { parties, id } = sharing;
  const wrong = [...apart(sharing), ...mismatched(sharing)];
  const found = differences.filter((one) => one.id === id).map(({ fault }) => fault);
  const alone = oneSided(sharing);
  if (alone.length > 0) return { sharing, verdict: 'one-sided', faults: alone };
  const names = [...new Set(parties.map(({ domain }) => domain))];
  const mapped = parties.flatMap((party) => {
    const map = seen?.maps.get(party.domain);
    return map === undefined ? [] : describeParty(placed(party), map);
  });
  const faults = [...found, ...wrong];
  if (faults.length > 0) return { sharing, verdict: 'fails', faults, mapped };
  const reasons = names.flatMap((name) => down.get(name) ?? seen?.unseen.get(name) ?? []);
  if (seen === undefined)
    reasons.push('the board does not show its stage-2 tables, and no domain was asked');
  const unknown = names.filter((name) => seen !== undefined && !seen.maps.has(name));
  if (reasons.length === 0 && unknown.length > 0)
    reasons.push(`stage 2 of ${unknown.join(', ')} was not seen`);
  if (reasons.length > 0)
    return { sharing, verdict: 'not-tried', faults, mapped, reason: reasons.join('; ') };
  return { sharing, verdict: 'mapped', faults, mapped };
}

/** A verdict on each sharing, and what of the whole system is not as written. */
export async function judgeSharings(
  sharings: readonly Sharing[],
  look: OwnLook,
  plan: SystemPlan,
  commonDevices: readonly Range[],
): Promise<{
  readonly verdicts: readonly SharingVerdict[];
  readonly faults: readonly TrialFault[];
}> {
  const maps = look.seen?.maps ?? new Map<string, Stage2Map>();
  const held = { plan, maps: () => Promise.resolve(maps), commonDevices, ended: () => false };
  const differences = maps.size === 0 ? [] : await lookAtStage2(held, sharings);
  return {
    verdicts: sharings.map((sharing) => verdictOf(sharing, look, differences)),
    faults: [
      ...(look.seen?.faults ?? []),
      ...differences.filter(({ id }) => id === undefined).map(({ fault }) => fault),
    ],
  };
}
