// SPDX-License-Identifier: Apache-2.0
import { describeWhere } from '../import/where.ts';
import type { Range } from '../memory/ranges.ts';
import type { Stage2Map } from '../memory/stage2-map.ts';
import { SubjectError } from '../support/errors.ts';
import type { SystemPlan } from '../xen/plan.ts';
import { findDifferences } from '../xen/stage2-differences.ts';
import type { Difference } from './examine.ts';
import type { Sharing } from './sharings.ts';

/** What is held against what. */
export interface Stage2Look {
  readonly plan: SystemPlan;
  readonly maps: () => Promise<ReadonlyMap<string, Stage2Map>>;
  readonly commonDevices: readonly Range[];
  /** Whether the machine or a domain has ended: it is told elsewhere, and cannot be looked at. */
  readonly ended: () => boolean;
}

function placed(text: string, sharings: readonly Sharing[]): Difference {
  for (const { id, parties } of sharings)
    for (const { domain, where } of parties)
      if (text.startsWith(`${domain}: ${id}, `)) {
        const assertion = `${id}: ${domain} has it mapped as written`;
        return { id, fault: { assertion, message: text, where: describeWhere(where) } };
      }
  const assertion = 'domains have in common only what they share';
  return { id: undefined, fault: { assertion, message: text } };
}

/** What of stage 2 is not as written. @throws EnvironmentError when it cannot be looked at. */
export async function lookAtStage2(
  { plan, maps, commonDevices, ended }: Stage2Look,
  sharings: readonly Sharing[],
): Promise<readonly Difference[]> {
  try {
    const found = findDifferences(plan, await maps(), commonDevices);
    return found.map((text) => placed(text, sharings));
  } catch (error) {
    if (ended()) return [];
    if (!(error instanceof SubjectError)) throw error;
    const [message = ''] = error.message.split('\n');
    return [{ id: undefined, fault: { assertion: 'stage 2 can be looked at', message } }];
  }
}
