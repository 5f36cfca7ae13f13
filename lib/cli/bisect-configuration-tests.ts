// SPDX-License-Identifier: Apache-2.0
import { CommandTest, defaultLimit } from '../bisect/command-test.ts';
import type { ConfigurationTest } from '../bisect/configuration-test.ts';
import { isSpec, type SpecChoice, SpecTest } from '../bisect/spec-test.ts';
import { projectRoot } from '../images/places.ts';
import { MisuseError } from '../support/errors.ts';
import { identityOf, trialTest } from './bisect-trial.ts';
import { checkKernels, talkative } from './run.ts';
import { setUp } from './set-up.ts';

/** A day: timers of Node take no more than 24 of them. */
const mostSeconds = 86_400;

/** What a user says of what is to be tried. */
export interface TestArguments {
  readonly test?: readonly string[];
  readonly grep?: string;
  readonly testCommand?: string;
  /** By default `qemu-virt`. */
  readonly board?: string;
  /** With a command: so long a run may take, in seconds. */
  readonly timeLimit?: string;
  readonly probeKernels?: boolean;
  readonly flavour?: string;
}

/** @throws MisuseError for tests of different kinds. */
function specOf({ test = [], grep, testCommand }: TestArguments): SpecChoice | undefined {
  const specs = test.filter(isSpec);
  const refuse = (who: string, remedy: string): never => {
    throw new MisuseError({ who, what: 'goes with no other test', remedy });
  };
  if (testCommand !== undefined && (test.length > 0 || grep !== undefined))
    refuse('--test-command', 'leave out --test and -g');
  if (specs.length > 0 && test.length > 1)
    refuse(`--test ${specs[0] ?? ''}`, 'give one spec, or names of sharings');
  if (grep !== undefined && specs.length === 0 && test.length > 0)
    refuse(`-g '${grep}'`, 'it chooses tests of Playwright by their titles');
  return specs.length === 0 && grep === undefined ? undefined : { spec: specs[0], title: grep };
}

/** @throws MisuseError for options that say nothing to a command, or only to one. */
function limitOf(options: TestArguments): number | undefined {
  const { testCommand, timeLimit } = options;
  const refuse = (who: string, what: string, remedy: string): never => {
    throw new MisuseError({ who, what, remedy });
  };
  if (testCommand === undefined) {
    if (timeLimit !== undefined)
      refuse(
        `--time-limit ${timeLimit}`,
        'is for a --test-command, and none is given',
        'leave it out',
      );
    return undefined;
  }
  const itself = 'leave it out: the command decides what is booted, and how';
  for (const name of ['board', 'flavour'] as const)
    if (options[name] !== undefined)
      refuse(`--${name} ${options[name]}`, 'goes with no --test-command', itself);
  if (options.probeKernels === true)
    refuse('--probe-kernels', 'goes with no --test-command', itself);
  const seconds = Number(timeLimit ?? defaultLimit);
  if (!(seconds > 0 && seconds <= mostSeconds))
    refuse(
      `--time-limit ${timeLimit ?? ''}`,
      'is no number of seconds',
      `for example: --time-limit 60; at most ${mostSeconds}`,
    );
  return seconds;
}

/**
 * What decides of a configuration: a command, a spec, or the trial of its sharings. Nothing is booted.
 * @throws MisuseError for a test that there is not.
 */
export async function configurationTest(
  options: TestArguments,
  good: string,
  bad: string,
): Promise<ConfigurationTest> {
  const { testCommand, board = 'qemu-virt', flavour } = options;
  const spec = specOf(options);
  const limit = limitOf(options);
  if (testCommand !== undefined) return CommandTest.open(testCommand, limit);
  if (spec !== undefined) {
    await setUp();
    const identity = identityOf(board, flavour ?? talkative(board));
    return SpecTest.open(projectRoot, { ...spec, flavour }, board, identity);
  }
  checkKernels(options.probeKernels, 'bisect config');
  return trialTest(good, bad, { board, flavour, names: options.test ?? [] });
}
