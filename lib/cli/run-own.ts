// SPDX-License-Identifier: Apache-2.0
import { MisuseError, messageOf } from '../support/errors.ts';
import { formatOwn, ownAsJson } from '../trial/own/own-format.ts';
import { ownFiles } from '../trial/own/own-files.ts';
import { runOwnTrial } from '../trial/own/own-trial.ts';
import type { ExpectedLine } from '../trial/own/voice.ts';
import { type TrialSystem, xlDomainsOf } from '../trial/subject.ts';
import { faultsOf } from '../trial/verdict.ts';
import { readSystemConfiguration, type SystemConfiguration } from './host-configuration.ts';
import { lintNote } from './lint-note.ts';
import { notGiven, run, type RunArguments, shownPath, textOrJson, trialOptions } from './run.ts';
import { setUp } from './set-up.ts';

/** How long domains may take to say what is expected of them, in seconds. */
const usualWithin = 60;

/** @throws MisuseError for options that are about the user's own kernels. */
function checkProbed({ expectLine, within }: RunArguments): void {
  const option = expectLine !== undefined ? '--expect-line' : within && '--within';
  if (option === undefined) return;
  throw new MisuseError({
    who: option,
    what: 'is about what the kernels of the configuration say, and --probe-kernels boots none of them',
    remedy: 'leave one of the two',
  });
}

/** @throws MisuseError for what is no number of seconds. */
function secondsOf(text: string | undefined): number {
  const seconds = text === undefined ? usualWithin : Number(text);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 24 * 3600) return seconds;
  throw new MisuseError({
    who: `--within ${text ?? ''}`,
    what: 'is no number of seconds',
    remedy: 'a number above 0 and up to 86400, as 60',
  });
}

/** Names of the domains whose own kernels are booted. */
function namesOf(system: TrialSystem): string[] {
  const { host, domains } = system;
  const dom0 = domains.length === 0 && host?.dom0.hasKernel === true ? ['dom0'] : [];
  const ofTree = (host?.domains ?? []).map(({ name }) => name);
  return [...dom0, ...ofTree, ...xlDomainsOf(system).map(({ name }) => name)];
}

/**
 * Reads `DOMAIN=REGEX`, each of `options`.
 * @throws MisuseError for another form, a domain that there is not, an expression that cannot be read.
 */
export function readExpected(options: readonly string[], names: readonly string[]): ExpectedLine[] {
  return options.map((option) => {
    const who = `--expect-line ${option}`;
    const at = option.indexOf('=');
    const [domain, text] = [option.slice(0, Math.max(at, 0)), option.slice(at + 1)];
    if (at <= 0 || text === '')
      throw new MisuseError({
        ...{ who, what: 'is not DOMAIN=REGEX' },
        remedy: 'as in --expect-line "radar=^radar: up"',
      });
    if (!names.includes(domain))
      throw new MisuseError({
        ...{ who, what: `names ${domain}, which is no domain whose kernel is booted` },
        remedy: `there are: ${names.join(', ')}`,
      });
    try {
      return { domain, pattern: new RegExp(text) };
    } catch (error) {
      throw new MisuseError({ who, what: messageOf(error) }, { cause: error });
    }
  });
}

/** What of a configuration is not booted though it names it: said, so that nobody believes otherwise. */
function leftOut(configuration: SystemConfiguration): string[] {
  const { system, files } = configuration;
  const { host, domains } = system;
  const linux = domains.length > 0 && host?.dom0.hasKernel === true;
  const xens = files.imageBuilders.flatMap(({ get }) => get('XEN')?.value ?? []);
  return [
    ...(linux ? ['dom0 runs our Linux instead of its kernel: xl is run in it'] : []),
    ...xens.map(
      (file) =>
        `the hypervisor ${file} is not booted: CROSSPAGE_XEN=FILE boots it in place of a flavour`,
    ),
    ...notGiven(configuration),
  ];
}

/** Boots a directory, with probes where they are asked for, else with its own kernels. */
export async function runConfiguration(options: RunArguments): Promise<void> {
  if (options.probeKernels === true) {
    checkProbed(options);
    await run(options);
  } else await runOwn(options);
}

/** Boots a directory with its own kernels; exits with 1 when something is not as it has to be. */
async function runOwn(options: RunArguments): Promise<void> {
  const format = textOrJson(options.format);
  if (options.config === undefined)
    throw new MisuseError({
      who: 'run',
      what: 'wants the directory of a configuration',
      remedy: 'run: npx crosspage run --config DIRECTORY',
    });
  const withinMs = 1000 * secondsOf(options.within);
  const configuration = await readSystemConfiguration(options.config);
  const { system, files, directory } = configuration;
  const expected = readExpected(options.expectLine ?? [], namesOf(system));
  const subject = { system, files, directory };
  // What is not there is said before anything is prepared.
  ownFiles(subject);
  await setUp();
  const on = trialOptions(options, system);
  const outcome = await runOwnTrial(subject, { ...on, expected, withinMs });
  if (format === 'json') process.stdout.write(ownAsJson(outcome, leftOut(configuration)));
  else {
    process.stdout.write(formatOwn(outcome, shownPath));
    for (const line of [...leftOut(configuration), ...lintNote(configuration, on.flavour)])
      process.stdout.write(`${line}\n`);
  }
  if (faultsOf(outcome).length > 0) process.exitCode = 1;
}
