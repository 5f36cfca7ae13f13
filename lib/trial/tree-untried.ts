// SPDX-License-Identifier: Apache-2.0
/** What a host device tree shares beside regions: nothing tries it yet, and it is not passed over. */
import type { HostTree } from '../import/host-tree.ts';
import { ownersOf } from '../import/partial-owners.ts';
import type { Where } from '../import/where.ts';
import { overlaps, type Range } from '../memory/ranges.ts';
import { hex } from '../support/units.ts';
import type { Untried } from './sharings.ts';
import type { TrialSystem } from './subject.ts';

interface Passed extends Range {
  readonly domain: string;
  readonly by: string;
  readonly where: Where;
}

/** Host memory that partial device trees give to domains that Xen makes. */
function passedOf({ host, partials, domains }: TrialSystem): Passed[] {
  const hosts = host === undefined ? [] : [host];
  return partials.flatMap((partial) =>
    ownersOf(partial, { hosts, partials, domains }).dom0less.flatMap(({ name: domain }) =>
      partial.nodes.flatMap(({ property: by = 'xen,reg', ranges, where }) =>
        ranges.map(({ host: start, size }) => ({ name: by, start, size, domain, by, where })),
      ),
    ),
  );
}

/** Each range once, with everybody who has some of it. */
function sharedBanks(system: TrialSystem): Untried[] {
  const passed = passedOf(system);
  return passed.flatMap((one, index) => {
    if (passed.slice(0, index).some((before) => overlaps(before, one))) return [];
    const who = passed.filter((other) => overlaps(other, one)).map(({ domain }) => domain);
    return [
      {
        what: `${one.by} ${hex(one.start)}: ${[...new Set(who)].join(', ')}`,
        where: one.where,
        reason: 'a probe is booted without the partial device tree of its domain',
      },
    ];
  });
}

/** Static event channels: each by its first end. */
function channels(host: HostTree): Untried[] {
  const ends = host.domains.flatMap(({ name, eventChannels }) =>
    eventChannels.map((end) => ({ name, ...end })),
  );
  return ends.flatMap((end, index) => {
    const other = ends.findIndex(({ phandle }) => phandle !== undefined && phandle === end.remote);
    if (other >= 0 && other < index) return [];
    return [
      {
        what: `xen,evtchn port ${end.port ?? '?'}: ${end.name}, ${ends[other]?.name ?? 'nobody'}`,
        where: end.where,
        reason: 'Xen makes event channels as they are written, and no notification is tried',
      },
    ];
  });
}

/** What of a host device tree looks like a sharing, and is not tried. */
export const untriedOfTree = (system: TrialSystem): Untried[] => [
  ...sharedBanks(system),
  ...(system.host === undefined ? [] : channels(system.host)),
];
