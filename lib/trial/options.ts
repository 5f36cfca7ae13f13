// SPDX-License-Identifier: Apache-2.0
import type { Board } from '../boards/board.ts';
import type { Range } from '../memory/ranges.ts';
import type { SystemPlan } from '../xen/plan.ts';
import { bootingAs } from './booting-as.ts';
import type { Sharing } from './sharings.ts';
import type { SharingVerdict } from './verdict.ts';

/** What a trial needs. */
export interface TrialOptions {
  readonly board: Board;
  /** Directory for consoles, device trees and command lines. */
  readonly evidence: string;
  /** Hypervisor flavour; default the run's. */
  readonly flavour?: string | undefined;
}

/**
 * The same board, which is not asked to write regions: the user's nodes are laid over what it makes,
 * and may be such as no specification can say.
 */
export const regionless = (board: Board): Board =>
  bootingAs(board, (plan) => ({
    ...plan,
    domains: plan.domains.map((domain) => ({ ...domain, mappings: [] })),
  }));

/** Of a system that does not come up. */
export const notTried = (sharing: Sharing): SharingVerdict => ({
  sharing,
  verdict: 'not-tried',
  faults: [],
});

/** Why a domain is no party. */
export const notBooted = (name: string): string => `${name} has no kernel, and is not booted`;

/** Host memory that the user places. */
export function takenBy(plan: SystemPlan): Range[] {
  return plan.domains.flatMap(({ name, mappings, staticMemory, memory }) => [
    ...mappings.flatMap(({ region }) =>
      region.hostAddress === undefined
        ? []
        : [{ name: `region ${region.id}`, start: region.hostAddress, size: BigInt(region.size) }],
    ),
    ...(staticMemory === undefined
      ? []
      : [{ name: `static memory of ${name}`, start: staticMemory, size: BigInt(memory) }]),
  ]);
}
