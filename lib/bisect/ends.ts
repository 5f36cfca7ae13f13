// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';
import { faultsAsked, type ObservedFault, type Question } from './observation.ts';
import type { Runnable, Runs } from './runs.ts';
import { type FailureRates, failureRates } from './sequential-test.ts';

/** How often each end is run first, and how often where it does not come out the same each time. */
const firstRuns = 3;
const flakyRuns = 12;

/** What the ends were found to be. */
export interface Ends {
  readonly rates: FailureRates;
  /** What fails in the bad end. */
  readonly faults: readonly ObservedFault[];
  readonly flaky: boolean;
}

/** An end, and what it is called: `--good conf-1`. */
export interface End {
  readonly name: string;
  readonly runnable: Runnable;
}

interface Seen {
  readonly failed: number;
  readonly runs: number;
  readonly faults: readonly ObservedFault[];
}

async function see(runs: Runs, end: End, question: Question, count: number): Promise<Seen> {
  const faults: ObservedFault[] = [];
  let failed = 0;
  for (let index = 0; index < count; index++) {
    const observation = await runs.observe(end.runnable, index);
    if (observation === undefined)
      throw new EnvironmentError({
        who: end.name,
        what: 'cannot be tried: the environment spoilt each run of it',
        lastSeen: runs.lastSpoilt && messageOf(runs.lastSpoilt),
        remedy: 'run `npx crosspage doctor`',
      });
    const asked = faultsAsked(observation, question);
    if (asked.length > 0) failed++;
    faults.push(...asked);
  }
  return { failed, runs: count, faults };
}

const told = (faults: readonly ObservedFault[]): string =>
  [...new Set(faults.map(({ assertion, message }) => `not so: ${assertion}\n  ${message}`))].join(
    '\n',
  );

/**
 * Runs both ends until it is known what they are.
 * @throws MisuseError when they are not what they are said to be.
 */
export async function reproduceEnds(
  runs: Runs,
  question: Question,
  good: End,
  bad: End,
  onRun: (what: string) => void = () => undefined,
): Promise<Ends> {
  onRun(`good end, ${firstRuns} times`);
  let first = await see(runs, good, question, firstRuns);
  if (first.failed > 0)
    throw new MisuseError({
      who: good.name,
      what: `is not good: it failed ${first.failed} of ${first.runs} times`,
      lastSeen: told(first.faults),
      remedy: 'give a configuration that works, or choose with --test what has to work',
    });
  onRun(`bad end, ${firstRuns} times`);
  let second = await see(runs, bad, question, firstRuns);
  if (second.failed === 0)
    throw new MisuseError({
      who: bad.name,
      what: `is not bad: it passed ${second.runs} of ${second.runs} times`,
      remedy: 'nothing that is tried fails there: what is wrong may be in what is not booted',
    });
  const flaky = second.failed < second.runs;
  if (flaky) {
    onRun(`both ends, ${flakyRuns} times: the bad end is not always bad`);
    second = await see(runs, bad, question, flakyRuns);
    first = await see(runs, good, question, flakyRuns);
  }
  try {
    return { rates: failureRates(first, second), faults: second.faults, flaky };
  } catch {
    throw new MisuseError({
      who: `${good.name} and ${bad.name}`,
      what: `cannot be told apart: ${first.failed} of ${first.runs} and ${second.failed} of ${second.runs} runs failed`,
      lastSeen: told([...first.faults, ...second.faults]),
    });
  }
}
