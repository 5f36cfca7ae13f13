// SPDX-License-Identifier: Apache-2.0
import type { ExpectMatcherState, MatcherReturnType } from '@playwright/test';
import type { Stage2Map } from '../memory/stage2-map.ts';
import type { Range } from '../memory/ranges.ts';
import { findLeaks } from '../xen/isolation.ts';
import type { SystemPlan } from '../xen/plan.ts';
import { detail } from './hold-message.ts';

/** What this matcher needs of a system. */
export interface IsolatedSystem {
  readonly plan: SystemPlan;
  readonly stage2: { maps(): Promise<ReadonlyMap<string, Stage2Map>> };
  /** Host ranges of devices that every domain gets. */
  readonly commonDevices: readonly Range[];
}

/** Leaks that are shown; the rest is counted. */
const shown = 8;

/**
 * Over the whole guest address space of every domain: nothing is mapped that the specification does
 * not declare, and no frame belongs to two domains unless they declare the region that it is of.
 * Needs `stage2-introspection`.
 */
export async function toIsolateDomains(
  this: ExpectMatcherState,
  system: IsolatedSystem,
): Promise<MatcherReturnType> {
  const maps = await system.stage2.maps();
  const leaks = findLeaks(system.plan, maps, system.commonDevices);
  const counts = [...maps].map(
    ([name, { entries }]) => `${name} ${entries.reduce((sum, { count }) => sum + count, 0)}`,
  );
  const verdict =
    leaks.length === 0
      ? 'no frame is where it was not declared'
      : `${leaks[0]?.text ?? ''}${leaks.length > 1 ? `; ${leaks.length} leaks in all` : ''}`;
  return {
    name: 'toIsolateDomains',
    pass: leaks.length === 0,
    message: () =>
      [
        `expect(system)${this.isNot ? '.not' : ''}.toIsolateDomains(): ${verdict}`,
        detail([
          ...leaks.slice(0, shown).map(({ text }) => ['leak', text] as const),
          ['', leaks.length > shown ? `and ${leaks.length - shown} more` : undefined],
          ['entries', counts.join(', ')],
        ]),
      ].join('\n'),
  };
}
