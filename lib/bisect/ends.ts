// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';
import { flakyRuns, type Judge } from './decide.ts';
import { cannotBeTried, type ObservedFault } from './observation.ts';
import type { Runnable, Runs } from './runs.ts';
import type { FailureRates, Tally } from './sequential-test.ts';

/** What the ends were found to be. */
export interface Ends {
  readonly rates: FailureRates;
  /** What fails in the bad end. */
  readonly faults: readonly ObservedFault[];
  readonly flaky: boolean;
  readonly good: Tally;
  readonly bad: Tally;
}

/** An end, and what it is called: `--good conf-1`. */
export interface End {
  readonly name: string;
  readonly runnable: Runnable;
}

const told = (faults: readonly ObservedFault[]): string =>
  [...new Set(faults.map(({ assertion, message }) => `not so: ${assertion}\n  ${message}`))].join(
    '\n',
  );

function spoilt(runs: Runs, name: string): EnvironmentError {
  return new EnvironmentError({
    who: name,
    what: 'cannot be tried: the environment spoilt each run of it',
    lastSeen: runs.lastSpoilt && messageOf(runs.lastSpoilt),
    remedy: 'run `npx crosspage doctor`',
  });
}

/** Runs of an end, by whether anything failed in them. */
interface Seen {
  readonly failed: number;
  readonly runs: number;
  readonly faults: readonly ObservedFault[];
}

/** @throws MisuseError for an end of which a test said that it cannot be tried. */
function seen(judge: Judge, { name, runnable }: End): Seen {
  const runs = judge.faultsOf(runnable.key);
  const untried = runs.flat().find(({ assertion }) => assertion === cannotBeTried);
  if (untried !== undefined)
    throw new MisuseError({
      who: name,
      what: `cannot be tried: ${untried.message}`,
      remedy: 'give an end of which the test says that it is good, or bad',
    });
  return {
    failed: runs.filter((one) => one.length > 0).length,
    runs: runs.length,
    faults: runs.flat(),
  };
}

type OnRun = (what: string) => void;

/** What to do, where some of the runs that an end is refused for were not made now. */
const orAnew = (remedy: string, known: number, runs: number): string =>
  known === 0
    ? remedy
    : `${remedy}; ${known === runs ? 'that was' : `${known} of these runs were`} seen by an earlier bisection: --fresh looks again`;

async function checkGood(judge: Judge, runs: Runs, good: End, onRun: OnRun): Promise<Seen> {
  onRun('good end, 3 times');
  const { known } = runs.counts;
  if (!(await judge.reproduce(good.runnable, 'good'))) throw spoilt(runs, good.name);
  const first = seen(judge, good);
  if (first.failed > 0)
    throw new MisuseError({
      who: good.name,
      what: `is not good: it failed ${first.failed} of ${first.runs} times`,
      lastSeen: told(first.faults),
      remedy: orAnew(
        'give a configuration that works, or choose with --test what has to work',
        runs.counts.known - known,
        first.runs,
      ),
    });
  return first;
}

async function checkBad(judge: Judge, runs: Runs, bad: End, onRun: OnRun): Promise<Seen> {
  onRun('bad end, 3 times or until it is known how often it fails');
  const { known } = runs.counts;
  if (!(await judge.reproduce(bad.runnable, 'bad'))) throw spoilt(runs, bad.name);
  const second = seen(judge, bad);
  if (second.failed === 0)
    throw new MisuseError({
      who: bad.name,
      what: `is not bad: it passed ${second.runs} of ${second.runs} times`,
      remedy: orAnew(
        'nothing that is tried fails there: what is wrong may be in what is not booted, or what Xen accepts in silence: see `npx crosspage lint`',
        runs.counts.known - known,
        second.runs,
      ),
    });
  return second;
}

/**
 * Runs both ends until it is known what they are; from then on the judge looks for that.
 * @throws MisuseError when they are not what they are said to be.
 */
export async function reproduceEnds(
  judge: Judge,
  runs: Runs,
  good: End,
  bad: End,
  onRun: OnRun = () => undefined,
): Promise<Ends> {
  let first = await checkGood(judge, runs, good, onRun);
  const second = await checkBad(judge, runs, bad, onRun);
  const flaky = second.failed < second.runs;
  if (flaky) {
    onRun(`good end, ${flakyRuns} times: the bad end is not always bad`);
    if (!(await judge.see(good.runnable, flakyRuns))) throw spoilt(runs, good.name);
    first = seen(judge, good);
  }
  judge.look(
    second.faults.map(({ assertion }) => assertion),
    bad.runnable.key,
    good.runnable.key,
  );
  const { rates } = judge.model;
  if (rates.bad <= 2 * rates.good)
    throw new MisuseError({
      who: `${good.name} and ${bad.name}`,
      what: `cannot be told apart: ${first.failed} of ${first.runs} and ${second.failed} of ${second.runs} runs failed`,
      lastSeen: told([...first.faults, ...second.faults]),
    });
  return {
    rates,
    faults: second.faults,
    flaky,
    good: judge.tally(good.runnable.key),
    bad: judge.tally(bad.runnable.key),
  };
}
