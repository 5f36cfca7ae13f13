// SPDX-License-Identifier: Apache-2.0
/** What xl's configuration files share: `static_shm`, and `iomem` of the same host memory. */
import type { HostTree } from '../import/host-tree.ts';
import type { PlacedRange } from '../import/tree-reader.ts';
import { clusters, contains, hullOf, type Range } from '../memory/ranges.ts';
import { hex } from '../support/units.ts';
import { dom0Name } from '../xen/dom0.ts';
import { plainWindows } from './passed-memory.ts';
import type { FoundSharings, Party, Sharing, Untried } from './sharings.ts';
import { type NamedXl, type TrialSystem, xlDomainsOf } from './subject.ts';
import { type HostWindow, partyOfWindow } from './xl-windows.ts';

/** The entries of static_shm by their ids; an owner first. */
function staticShm(domains: readonly NamedXl[]): FoundSharings {
  const byId = new Map<string, Party[]>();
  const untried: Untried[] = [];
  for (const { name, domain } of domains)
    for (const { id, begin, size, offset, role, where, text, faults } of domain.staticShm) {
      if (id === undefined || begin === undefined || size === undefined) {
        const reason = faults.join('; ') || 'id, begin and size are wanted';
        untried.push({ what: `static_shm "${text}": ${name}`, where, reason });
        continue;
      }
      const known = role === 'owner' ? 'owner' : 'borrower';
      const party: Party = {
        ...{ domain: name, guestAddress: begin, hostAddress: undefined, size, where },
        // A borrower is what it is unless it says so (xl-static-shm-configuration(5)).
        role: known,
        ...(offset !== undefined && { offset }),
        share: { mechanism: 'static_shm', party: known },
      };
      const others = byId.get(id) ?? [];
      byId.set(id, known === 'owner' ? [party, ...others] : [...others, party]);
    }
  const sharings = [...byId].map(([id, parties]): Sharing => ({
    mechanism: 'static_shm',
    id,
    parties,
  }));
  return { sharings, untried };
}

const rangeOf = (group: readonly HostWindow[]): Range => {
  const { start, size } = hullOf('', group);
  return { name: `iomem ${hex(start)}`, start, size };
};

/** dom0 has all reserved memory, where it is: map_range_to_domain (xen/arch/arm/device.c). */
function dom0Party(range: Range, { where }: PlacedRange): Party {
  const { start, size } = range;
  return {
    ...{ domain: dom0Name, role: undefined, guestAddress: start, hostAddress: start, size, where },
    ...{ share: { mechanism: 'iomem memory', party: 'dom0 (Linux)' }, direct: true },
  };
}

const alone = (host: HostTree | undefined): string =>
  host === undefined
    ? 'no other domain asks for it, and there is no host device tree that says whether dom0 has it'
    : 'no other domain asks for it, and the host device tree has it not in /reserved-memory, so that dom0 does not share it';

function iomem(windows: readonly HostWindow[], host: HostTree | undefined): FoundSharings {
  const sharings: Sharing[] = [];
  const untried: Untried[] = [];
  for (const group of clusters(windows)) {
    const range = rangeOf(group);
    const parties = group.map((window) => partyOfWindow(window, range.start));
    const names = [...new Set(parties.map(({ domain }) => domain))];
    const reserved = host?.reserved.find((one) => contains(one, range));
    const [first] = parties;
    if (names.length > 1) sharings.push({ mechanism: 'iomem', id: range.name, parties });
    else if (reserved !== undefined)
      sharings.push({
        ...{ mechanism: 'iomem', id: range.name },
        parties: [...parties, dom0Party(range, reserved)],
      });
    else if (first !== undefined)
      untried.push({
        ...{ what: `${range.name}: ${first.domain}`, where: first.where, reason: alone(host) },
      });
  }
  return { sharings, untried };
}

/** Entries of iomem that xl refuses. */
function unreadable(domains: readonly NamedXl[]): Untried[] {
  return domains.flatMap(({ name, domain }) =>
    domain.iomem
      .filter(({ range }) => range === undefined)
      .map(({ text, where, fault = 'it cannot be read' }) => ({
        ...{ what: `iomem "${text}": ${name}`, where, reason: fault },
      })),
  );
}

/** What the files of xl share. */
export function xlSharings(system: TrialSystem): FoundSharings {
  const domains = xlDomainsOf(system);
  const shm = staticShm(domains);
  const memory = iomem(plainWindows(system), system.host);
  return {
    sharings: [...shm.sharings, ...memory.sharings],
    untried: [...shm.untried, ...memory.untried, ...unreadable(domains)],
  };
}
