// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import type { ConfigurationTest } from '../bisect/configuration-test.ts';
import type { ConfigurationEnd, EndFile } from '../bisect/configuration-end.ts';
import { cannotBeTried } from '../bisect/observation.ts';
import { observeTrial, presentIn } from '../bisect/trial-oracle.ts';
import { openBoard } from '../fixtures/open-board.ts';
import { resolveImages } from '../images/index.ts';
import { MisuseError } from '../support/errors.ts';
import { runTrial } from '../trial/trial.ts';
import { testsOf } from './bisect-tests.ts';
import { harnessHash } from './harness.ts';
import { readSystemConfiguration, type SystemConfiguration } from './host-configuration.ts';
import { checkSystem, suited } from './run.ts';
import { setUp } from './set-up.ts';

/** What a trial needs to know besides the configurations. */
export interface TrialTestOptions {
  readonly board: string;
  readonly flavour: string | undefined;
  /** Sharings that have to work, or `boot`; none: all. */
  readonly names: readonly string[];
}

/** All besides the configuration that decides what a run shows. */
export function identityOf(board: string, flavour: string | undefined): string {
  const images = resolveImages();
  const { sha256, flavour: name } = images.hypervisor(flavour);
  const tools = images.toolstackOf(flavour);
  const own = ['CROSSPAGE_TOOLSTACK', 'CROSSPAGE_MUTATE', 'CROSSPAGE_QEMU'];
  const parts = [
    harnessHash(),
    ...[board, name, sha256, images.probe('memory').sha256, images.qemu().version],
    ...[tools?.name, tools?.sha256, ...own.map((variable) => process.env[variable])],
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

/** What mixtures are booted with, for people. */
function bootedWith(board: string, flavour: string | undefined): ConfigurationTest['booted'] {
  const images = resolveImages();
  const { version, flavour: name } = images.hypervisor(flavour);
  return [
    ['board', board],
    ['hypervisor', `Xen ${version} (${name})`],
    ['QEMU', images.qemu().version],
  ];
}

/**
 * The files that a trial reads: the host's, and images where their sizes decide what lies where; a
 * probe takes the place of each kernel.
 */
function readsOf(...configurations: readonly SystemConfiguration[]): (file: EndFile) => boolean {
  const placed = configurations.some(
    ({ files }) => files.imageBuilders.length + files.scripts.length > 0,
  );
  return ({ content }) => (content.kind === 'other' ? placed : content.kind !== 'included');
}

/** The trial of `crosspage run` as a test: every sharing of the good end has to work. */
export async function trialTest(
  good: string,
  bad: string,
  { board, flavour, names }: TrialTestOptions,
): Promise<ConfigurationTest> {
  const [first, second] = [await readSystemConfiguration(good), await readSystemConfiguration(bad)];
  checkSystem(first);
  const tests = testsOf(names, first.system, second.system);
  await setUp();
  // One hypervisor for both ends: what only one of them asks for, too.
  const chosen = flavour ?? suited(board, first.system, second.system);
  return {
    identity: identityOf(board, chosen),
    question: { expected: presentIn(first.system), tests },
    booted: bootedWith(board, chosen),
    reads: readsOf(first, second),
    executes: false,
    run: async (directory, evidence) => {
      const read = await readMixture(directory);
      if (read instanceof MisuseError)
        return {
          faults: [{ assertion: cannotBeTried, message: read.message.split('\n', 1)[0] ?? '' }],
          present: [],
          tookMs: 0,
        };
      const { system } = read;
      return observeTrial(evidence, system, () =>
        runTrial(system, { board: openBoard(board), flavour: chosen, evidence }),
      );
    },
  };
}

/** It is read as what a user has: a commit of a history may be no configuration. */
async function readMixture(directory: string): Promise<SystemConfiguration | MisuseError> {
  try {
    return await readSystemConfiguration(directory);
  } catch (error) {
    if (error instanceof MisuseError) return error;
    throw error;
  }
}

/** Files of both ends that differ and that the test does not read, by their names. */
export function unread(
  good: ConfigurationEnd,
  bad: ConfigurationEnd,
  { reads }: ConfigurationTest,
): string[] {
  const others = ({ files }: ConfigurationEnd): Map<string, EndFile> =>
    new Map([...files].filter(([, file]) => file.content.kind !== 'included' && !reads(file)));
  const [first, second] = [others(good), others(bad)];
  return [...new Set([...first.keys(), ...second.keys()])].filter(
    (name) => first.get(name)?.sha256 !== second.get(name)?.sha256,
  );
}
