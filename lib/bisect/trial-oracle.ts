// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board } from '../boards/board.ts';
import type { DeviceTree } from '../dt/index.ts';
import { readHostTree } from '../import/host-tree.ts';
import { messageOf, MisuseError } from '../support/errors.ts';
import { type Sharing, sharingsOf } from '../trial/sharings.ts';
import { runTrial } from '../trial/trial.ts';
import { faultsOf, type TrialOutcome } from '../trial/verdict.ts';
import { asBlob } from './mixed-files.ts';
import type { Observation } from './observation.ts';

/** `mailbox: fusion, radar`. */
export const nameOfSharing = ({ id, parties }: Sharing): string =>
  `${id}: ${[...new Set(parties.map(({ domain }) => domain))].sort().join(', ')}`;

/** Where the evidence of a run that failed is kept. */
export const evidenceOf = (directory: string, key: string): string =>
  join(directory, key.slice(0, 12));

/** What a configuration cannot be given to a board for. */
function refused(error: MisuseError, present: readonly string[]): Observation {
  const [message = ''] = messageOf(error).split('\n');
  return {
    faults: [{ assertion: 'the board can be given the configuration', message }],
    present: [...present],
    tookMs: 0,
  };
}

/** Runs the test on a host device tree, whose key names its evidence. */
export type TreeOracle = (tree: DeviceTree, key: string) => Promise<Observation>;

/** Boots a host device tree and tries every sharing in it. Evidence is kept of what fails. */
export function trialOracle(options: {
  readonly board: Board;
  readonly flavour: string | undefined;
  readonly directory: string;
  readonly file: string;
}): TreeOracle {
  const { board, flavour, directory, file } = options;
  return async (tree, key) => {
    const host = readHostTree(asBlob(file, tree));
    const present = sharingsOf(host).map(nameOfSharing);
    const evidence = evidenceOf(directory, key);
    return observeTrial(evidence, present, () => runTrial(host, { board, flavour, evidence }));
  };
}

/**
 * What a trial shows: everything that did not hold. Evidence is kept of what fails.
 * @param present the sharings that the configuration has, by {@link nameOfSharing}.
 */
export async function observeTrial(
  evidence: string,
  present: readonly string[],
  tryIt: () => Promise<TrialOutcome>,
): Promise<Observation> {
  await rm(evidence, { recursive: true, force: true });
  let failed = false;
  try {
    const outcome = await tryIt();
    const faults = faultsOf(outcome).map(({ assertion, message }) => ({ assertion, message }));
    failed = faults.length > 0;
    return { faults, present: [...present], tookMs: outcome.tookMs };
  } catch (error) {
    if (error instanceof MisuseError) return refused(error, present);
    throw error;
  } finally {
    if (!failed) await rm(evidence, { recursive: true, force: true });
  }
}
