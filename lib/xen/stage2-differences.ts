// SPDX-License-Identifier: Apache-2.0
import type { Range } from '../memory/ranges.ts';
import type { Stage2Map, Stage2Page } from '../memory/stage2-map.ts';
import { hex, type HostAddress, PAGE } from '../support/units.ts';
import { findLeaks } from './isolation.ts';
import { describeMapping } from './measured.ts';
import {
  expectedMapping,
  mappingOf,
  type Mechanism,
  type PartyOf,
  type Share,
} from './mechanisms.ts';
import { p2mTypeName } from './p2m.ts';
import type { PlannedDomain, SystemPlan } from './plan.ts';

/** Memory that a domain is to have mapped, as far as the plan knows how. */
interface Wanted {
  readonly name: string;
  readonly guestAddress: bigint;
  readonly size: number;
  /** Where in the region it begins, in bytes. */
  readonly offset: number;
  /** undefined: of Xen's choice, the same for everybody. */
  readonly hostAddress: HostAddress | undefined;
  /** p2m type and attributes as {@link describePage} gives them. */
  readonly mapped: string;
}

const expected = <Name extends Mechanism>(mechanism: Name, party: PartyOf<Name>): string =>
  describeMapping(mappingOf(mechanism, party));

function expectedBy(share: Share): string {
  const mapping = expectedMapping(share);
  return mapping === undefined
    ? `as ${share.party} of ${share.mechanism}`
    : describeMapping(mapping);
}

function wantedOf({ mappings, sram }: PlannedDomain): Wanted[] {
  return [
    ...mappings.map(({ region, role, guestAddress, offset = 0, share }) => ({
      name: region.name,
      guestAddress,
      size: region.size,
      offset,
      hostAddress: region.hostAddress,
      mapped:
        share === undefined
          ? expected('xen,domain-shared-memory-v1', role ?? 'without roles')
          : expectedBy(share),
    })),
    ...sram.map(({ sram: { name, size, hostAddress }, guestAddress, by }) => ({
      name,
      guestAddress,
      size,
      offset: 0,
      hostAddress,
      mapped: by === undefined ? expected('xen,reg', 'dom0') : expected(by, 'domU'),
    })),
  ];
}

const describePage = ({ entry }: Stage2Page): string =>
  describeMapping({ ...entry, type: p2mTypeName(entry.software) });

/** How one page differs from what is wanted of it; `frame` is the one that it is to have. */
function differenceOf(
  page: Stage2Page | undefined,
  { mapped }: Wanted,
  frame: bigint | undefined,
): string | undefined {
  if (page === undefined) return 'is not mapped';
  if (frame !== undefined && page.hostAddress !== frame)
    return `is frame ${hex(page.hostAddress)}, not ${hex(frame)}`;
  const is = describePage(page);
  return is === mapped ? undefined : `is ${is}; not ${mapped}`;
}

/** The first page that differs, and how many do. */
function ofRange(
  domain: string,
  wanted: Wanted,
  map: Stage2Map,
  frameOf: (index: number) => bigint | undefined,
): string[] {
  const pages = map.pages(wanted.guestAddress, wanted.size);
  const differences = pages.map((page, index) => differenceOf(page, wanted, frameOf(index)));
  const first = differences.findIndex((difference) => difference !== undefined);
  if (first < 0) return [];
  const count = differences.filter((difference) => difference !== undefined).length;
  const at = hex(wanted.guestAddress + BigInt(first * PAGE));
  const others = count > 1 ? `; ${count} pages differ` : '';
  return [
    `${domain}: ${wanted.name}, page ${first + 1} of ${pages.length}, at guest address ${at}, ${differences[first] ?? ''}${others}`,
  ];
}

/**
 * How what Xen mapped differs from what the plan says, a sentence for each region of each domain
 * and for each frame that two domains have and should not: what makes a test fail is often here,
 * and seldom in what the test says. `devices` as for {@link findLeaks}. Domains without a map are
 * not judged.
 */
export function findDifferences(
  plan: SystemPlan,
  maps: ReadonlyMap<string, Stage2Map>,
  devices: readonly Range[],
): string[] {
  /** Where the first domain that maps a region of Xen's choice has its pages. */
  const chosen = new Map<
    string,
    { readonly pages: readonly (Stage2Page | undefined)[]; readonly offset: number }
  >();
  const ofDomains = plan.domains.flatMap((domain) => {
    const map = maps.get(domain.name);
    if (map === undefined) return [];
    return wantedOf(domain).flatMap((wanted) => {
      const { name, guestAddress, size, offset, hostAddress } = wanted;
      const others = chosen.get(name);
      if (others === undefined) chosen.set(name, { pages: map.pages(guestAddress, size), offset });
      const before = (offset - (others?.offset ?? 0)) / PAGE;
      return ofRange(domain.name, wanted, map, (index) =>
        hostAddress === undefined
          ? others?.pages[index + before]?.hostAddress
          : hostAddress + BigInt(index * PAGE),
      );
    });
  });
  const common = findLeaks(plan, maps, devices).filter(({ domains }) => domains.length > 1);
  return [...ofDomains, ...common.map(({ text }) => text)];
}
