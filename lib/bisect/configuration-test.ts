// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises';
import { withoutNumbers } from '../trial/verdict.ts';
import { type ConfigurationEnd, notExecuted } from './configuration-end.ts';
import type { Oracle, Reads } from './configurations.ts';
import type { MixtureDirectory } from './mixture.ts';
import type { Observation, Question } from './observation.ts';
import { evidenceOf } from './trial-oracle.ts';

/** What decides of a configuration whether it is good. */
export interface ConfigurationTest {
  /** What besides the configuration decides what a run shows: the same for the same. */
  readonly identity: string;
  readonly question: Question;
  /** What it tries with, for people: the board, the hypervisor, a command. */
  readonly booted: readonly (readonly [name: string, value: string])[];
  /** The files that it reads. */
  readonly reads: Reads;
  /** Whether it may execute them: then it makes a difference which may be. */
  readonly executes: boolean;
  /**
   * Tries what lies in a directory; what it leaves in the directory `evidence` is kept when it fails.
   * Rejects with EnvironmentError for a run that the environment spoilt.
   */
  readonly run: (directory: string, evidence: string) => Promise<Observation>;
}

/** An end as a test has it. */
export const asTried = (
  { executes }: ConfigurationTest,
  end: ConfigurationEnd,
): ConfigurationEnd => (executes ? end : notExecuted(end));

/** The variable by which a test is told where the configuration lies. */
export const configurationVariable = 'CROSSPAGE_CONFIG';

/** In words that are the same wherever the mixture lies, and for the same fault of another one. */
function placeless({ faults, ...observation }: Observation, directory: string): Observation {
  const without = (text: string): string =>
    text.replaceAll(`${directory}/`, '').replaceAll(directory, 'the configuration');
  return {
    ...observation,
    faults: faults.map(({ assertion, message }) => ({
      assertion: without(assertion),
      message: without(message),
    })),
  };
}

/** A test of mixtures, each of which is laid into one directory. */
export function oracleOf(
  { run }: ConfigurationTest,
  mixtures: MixtureDirectory,
  directory: string,
): Oracle {
  return async (mixture) => {
    await mixtures.lay(mixture);
    const evidence = evidenceOf(directory, mixture.key);
    await rm(evidence, { recursive: true, force: true });
    const observation = placeless(await run(mixtures.path, evidence), mixtures.path);
    if (observation.faults.length === 0) await rm(evidence, { recursive: true, force: true });
    return observation;
  };
}

/** A line of a test's output, the same for the same fault. */
export const sameLine = (line: string, directory: string): string =>
  withoutNumbers(line.replaceAll(`${directory}/`, '').replaceAll(directory, 'the configuration'));
