// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, MisuseError } from '../support/errors.ts';
import { findSharings } from '../trial/sharings.ts';
import type { Subject } from '../trial/subject.ts';
import { faultsOf, type TrialOutcome } from '../trial/verdict.ts';
import type { Observation } from './observation.ts';

const named = (id: string, who: readonly { readonly domain: string }[]): string =>
  `${id}: ${[...new Set(who.map(({ domain }) => domain))].sort().join(', ')}`;

/** What a configuration has that can be tried: `mailbox: fusion, radar`, and channels of two ends. */
export function presentIn(subject: Subject): string[] {
  const { sharings, channels } = findSharings(subject);
  return [
    ...sharings.map(({ id, parties }) => named(id, parties)),
    ...channels.filter(({ ends }) => ends.length === 2).map(({ id, ends }) => named(id, ends)),
  ];
}

/** Where the evidence of a run that failed is kept. */
export const evidenceOf = (directory: string, key: string): string =>
  join(directory, key.slice(0, 12));

/** What a configuration cannot be given to a board for. */
function refused(error: MisuseError, present: string[]): Observation {
  const [message = ''] = messageOf(error).split('\n');
  return {
    faults: [{ assertion: 'the board can be given the configuration', message }],
    present,
    tookMs: 0,
  };
}

/** What a trial of a configuration shows: everything that did not hold. Evidence is kept of what fails. */
export async function observeTrial(
  evidence: string,
  subject: Subject,
  tryIt: () => Promise<TrialOutcome>,
): Promise<Observation> {
  const present = presentIn(subject);
  await rm(evidence, { recursive: true, force: true });
  let failed = false;
  try {
    const outcome = await tryIt();
    const faults = faultsOf(outcome).map(({ assertion, message }) => ({ assertion, message }));
    failed = faults.length > 0;
    return { faults, present, tookMs: outcome.tookMs };
  } catch (error) {
    if (error instanceof MisuseError) return refused(error, present);
    throw error;
  } finally {
    if (!failed) await rm(evidence, { recursive: true, force: true });
  }
}
