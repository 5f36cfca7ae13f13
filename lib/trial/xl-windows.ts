// SPDX-License-Identifier: Apache-2.0
import type { ImportedIomem } from '../import/xl-domain.ts';
import type { Range } from '../memory/ranges.ts';
import type { Party } from './sharings.ts';
import type { NamedXl } from './subject.ts';

/** An entry of iomem that xl can read. */
export interface HostWindow extends Range {
  readonly domain: string;
  readonly entry: ImportedIomem;
  readonly guest: bigint;
  readonly as: 'memory' | 'devmem';
}

/** Host memory that xl's domains ask for by iomem. */
export function windowsOf(domains: readonly NamedXl[]): HostWindow[] {
  return domains.flatMap(({ name, domain }) =>
    domain.iomem.flatMap((entry): HostWindow[] => {
      const { range } = entry;
      if (range === undefined) return [];
      const { host: start, size, guest = start, attribute } = range;
      const as = attribute === 'memory' ? 'memory' : 'devmem';
      return [{ name: `iomem of ${name}`, start, size, domain: name, entry, guest, as }];
    }),
  );
}

/** Who has a window, as a party of what is shared from the host address `from` on. */
export function partyOfWindow(window: HostWindow, from: bigint): Party {
  const { domain, entry, guest, start, size, as } = window;
  return {
    ...{ domain, role: undefined, guestAddress: guest, hostAddress: start, size },
    ...{ where: entry.where, offset: start - from },
    share: { mechanism: `iomem ${as}`, party: 'domU' },
  };
}
