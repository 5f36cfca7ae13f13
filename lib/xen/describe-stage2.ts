// SPDX-License-Identifier: Apache-2.0
import type { Stage2Attributes } from '../memory/stage2-attributes.ts';
import { runsOf, type Stage2Map, type Stage2Run } from '../memory/stage2-map.ts';
import { hex } from '../support/units.ts';
import { p2mTypeName } from './p2m.ts';

/** `normal-write-back, inner shareable, rw, execute`: what stage 2 gives to memory. */
export function describeAttributes(attributes: Stage2Attributes): string {
  const { memory, shareability, access, execute } = attributes;
  const sharing = shareability === 'none' ? 'non-shareable' : `${shareability} shareable`;
  return `${memory}, ${sharing}, ${access}, ${execute ? 'execute' : 'no execute'}`;
}

/** One line for pages that are mapped alike: addresses, frames, level, attributes, p2m type. */
export function describeRun({ guestAddress, hostAddress, size, entry }: Stage2Run): string {
  const last = (start: bigint): string => hex(start + size - 1n);
  const lazy = entry.lazy ? ', valid bit 0' : '';
  return (
    `${hex(guestAddress)}-${last(guestAddress)} -> ${hex(hostAddress)}-${last(hostAddress)} ` +
    `level ${entry.level} ${p2mTypeName(entry.software)}: ${describeAttributes(entry)}${lazy}`
  );
}

/** All that each domain has mapped, a line for each run of pages. */
export function describeMaps(maps: ReadonlyMap<string, Stage2Map>): string {
  return [...maps]
    .map(([name, map]) => {
      const runs = runsOf(map.entries).map((run) => `  ${describeRun(run)}`);
      return [`domain ${name}`, ...(runs.length === 0 ? ['  nothing is mapped'] : runs), ''];
    })
    .flat()
    .join('\n');
}
