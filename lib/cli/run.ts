// SPDX-License-Identifier: Apache-2.0
import { join, relative } from 'node:path';
import { openBoard } from '../fixtures/open-board.ts';
import { preferFlavour } from '../images/index.ts';
import { projectRoot } from '../images/places.ts';
import { ownersOf } from '../import/partial-owners.ts';
import type { PartialTree } from '../import/partial-tree.ts';
import { runDirectory } from '../report/run-directory.ts';
import { MisuseError } from '../support/errors.ts';
import { formatTrial, trialAsJson } from '../trial/format.ts';
import { findSharings } from '../trial/sharings.ts';
import type { TrialOptions } from '../trial/options.ts';
import type { TrialSystem } from '../trial/subject.ts';
import { runTrial } from '../trial/trial.ts';
import { faultsOf } from '../trial/verdict.ts';
import {
  type HostConfiguration,
  readSystemConfiguration,
  type SystemConfiguration,
} from './host-configuration.ts';
import { lintNote } from './lint-note.ts';
import { setUp } from './set-up.ts';

export interface RunArguments {
  readonly config?: string;
  readonly board: string;
  readonly probeKernels?: boolean;
  readonly flavour?: string;
  readonly format: string;
  readonly expectLine?: readonly string[];
  readonly within?: string;
}

/** @throws MisuseError for a format that there is not. */
export function textOrJson(format: string): 'text' | 'json' {
  if (format === 'text' || format === 'json') return format;
  throw new MisuseError({
    who: `--format ${format}`,
    what: 'is no format',
    remedy: 'text or json',
  });
}

/**
 * @param who the verb, for its error.
 * @throws MisuseError where only data decides, which nobody but a probe puts through.
 */
export function checkKernels(probeKernels: boolean | undefined, who: string): void {
  if (probeKernels === true) return;
  throw new MisuseError({
    who,
    what: 'tries sharing from inside of the domains, which only probes can tell of',
    remedy: 'add --probe-kernels: a probe takes the place of each kernel, and nothing else changes',
  });
}

/** @throws MisuseError when there is nothing to be tried. */
export function checkShares({ system, directory }: HostConfiguration): void {
  const { sharings, channels } = findSharings(system);
  if (sharings.length + channels.length > 0) return;
  throw new MisuseError({
    who: directory,
    what: 'has domains that Xen makes, but none of them shares anything with another',
    where: system.host.source.file,
    remedy:
      'on other hypervisors memory and event channels of such domains are tried; files of xl are with: crosspage run, crosspage bisect config',
  });
}

/**
 * The hypervisor that says why it refuses a device tree, where one is built for the board: others
 * are silent, since they do so before their console is up.
 */
export const talkative = (board: string): string | undefined =>
  openBoard(board).capabilities.has('early-console')
    ? preferFlavour('early-console').flavour
    : undefined;

/** Whether a partial device tree asks for memory as only Xilinx' Xen gives it. */
const cacheable = ({ nodes }: PartialTree): boolean =>
  nodes.some(({ property }) => property === 'xen,reg-cacheable');

/**
 * The hypervisor that knows `xen,reg-cacheable`, and whose toolstack shares memory, where one of the
 * systems asks for that; else one that talks early.
 */
export const suited = (board: string, ...systems: readonly TrialSystem[]): string | undefined =>
  systems.some(({ domains, partials }) => domains.length > 0 || partials.some(cacheable))
    ? preferFlavour('shared-memory').flavour
    : talkative(board);

/** The path as it is shortest from here. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

/** Partial device trees that are no domain's. */
export const notGiven = ({ files, system }: SystemConfiguration): string[] =>
  system.partials
    .filter((partial) => {
      const { xl, dom0less } = ownersOf(partial, files);
      return xl.length + dom0less.length === 0;
    })
    .map(({ source }) => `not given to a domain: ${source.file}`);

/** What of a directory a trial does not boot: said, so that nobody believes otherwise. */
function leftOut(configuration: SystemConfiguration): string[] {
  const { host, domains } = configuration.system;
  const kernel = host?.dom0.hasKernel === true;
  const probe = kernel && domains.length === 0 ? ['dom0 runs a probe instead of its kernel'] : [];
  const linux = kernel && domains.length > 0 ? ['dom0 runs our Linux instead of its kernel'] : [];
  return [...probe, ...linux, ...notGiven(configuration)];
}

/** @throws MisuseError when there is nothing to be tried, nor anything that looks like it. */
export function checkSystem({ directory, system }: SystemConfiguration): void {
  const { sharings, channels, untried } = findSharings(system);
  if (sharings.length + channels.length + untried.length > 0) return;
  throw new MisuseError({
    who: directory,
    what: 'has domains, but none of them shares anything: no node "xen,domain-shared-memory-v1", no partial device tree, no event channel, no static_shm, no iomem',
    where: system.host?.source.file ?? system.domains[0]?.file.source.file,
    remedy: 'leave out --probe-kernels: their own kernels are booted, and looked at from outside',
  });
}

/**
 * Boots what a directory describes, with probes in it, and tries every sharing; exits with 1 when one
 * fails.
 */
export async function run(options: RunArguments): Promise<void> {
  const format = textOrJson(options.format);
  if (options.config === undefined)
    throw new MisuseError({
      who: 'run',
      what: 'wants the directory of a configuration',
      remedy: 'run: npx crosspage run --config DIRECTORY',
    });
  const configuration = await readSystemConfiguration(options.config);
  checkSystem(configuration);
  const { system } = configuration;
  await setUp();
  const on = trialOptions(options, system);
  const outcome = await runTrial(system, on);
  if (format === 'json') process.stdout.write(trialAsJson(outcome, leftOut(configuration)));
  else {
    process.stdout.write(formatTrial(outcome, shownPath));
    for (const line of [...leftOut(configuration), ...lintNote(configuration, on.flavour)])
      process.stdout.write(`${line}\n`);
  }
  if (faultsOf(outcome).length > 0) process.exitCode = 1;
}

/** Where a trial is booted, and on what. */
export function trialOptions(
  { board, flavour }: Pick<RunArguments, 'board' | 'flavour'>,
  system: TrialSystem,
): TrialOptions {
  return {
    board: openBoard(board),
    evidence: join(runDirectory(join(projectRoot, 'reports')), 'configuration'),
    flavour: flavour ?? suited(board, system),
  };
}
