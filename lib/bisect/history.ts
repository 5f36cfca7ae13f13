// SPDX-License-Identifier: Apache-2.0
import { Judge } from './decide.ts';
import { type End, reproduceEnds } from './ends.ts';
import type { StepVerdict } from './minimise.ts';
import type { Question } from './observation.ts';
import { type RunCounts, type Runnable, Runs } from './runs.ts';
import type { KnownRuns } from './store.ts';

/** Where something has changed in a row of states, by their numbers from 0; -1 is before the first. */
export interface Turn {
  /** The last state that is known to be good. */
  readonly good: number;
  /** The first state that is known to be bad; all between them say nothing. */
  readonly bad: number;
}

/** The number in between that was not asked about and is nearest to the middle. */
function nearestToMiddle(
  good: number,
  bad: number,
  asked: ReadonlySet<number>,
): number | undefined {
  const middle = (good + bad) >> 1;
  return Array.from({ length: bad - good - 1 }, (_unused, index) => good + 1 + index)
    .filter((number) => !asked.has(number))
    .sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
}

/**
 * Finds where good turns into bad, by halves; what says nothing is passed over. The last of `count`
 * states is bad, and what came before the first is good.
 */
export async function findTurn(
  count: number,
  ask: (number: number) => Promise<StepVerdict>,
): Promise<Turn> {
  let [good, bad] = [-1, count - 1];
  const unresolved = new Set<number>();
  for (;;) {
    const next = nearestToMiddle(good, bad, unresolved);
    if (next === undefined) return { good, bad };
    const verdict = await ask(next);
    if (verdict === 'good') good = next;
    else if (verdict === 'bad') bad = next;
    else unresolved.add(next);
  }
}

/** A state of a history, made ready to be run, or the reason why it cannot be. */
export type State =
  | { readonly kind: 'ready'; readonly runnable: Runnable }
  | { readonly kind: 'unusable'; readonly why: string };

export interface HistoryOptions {
  /** The state before the first, and the last one. */
  readonly good: End;
  readonly bad: End;
  /** How many states there are, the bad end being the last. */
  readonly count: number;
  readonly state: (number: number) => Promise<State>;
  readonly question: Question;
  readonly store: KnownRuns;
  readonly onProgress?: (text: string) => void;
}

/** What was found out of a history. */
export interface HistoryResult extends Turn {
  /** States that were asked about, and those of them that said nothing. */
  readonly steps: number;
  readonly skipped: readonly { readonly number: number; readonly why: string }[];
  readonly runs: RunCounts;
}

/**
 * Finds the first bad state of a history. The ends are run until it is known what they are.
 * @throws MisuseError when they are not what they are said to be; EnvironmentError when the
 * environment spoils more than half of the runs.
 */
export async function bisectHistory(options: HistoryOptions): Promise<HistoryResult> {
  const { good, bad, count, question, store, onProgress = () => undefined } = options;
  const runs = new Runs(store);
  const judge = new Judge(runs, question);
  await reproduceEnds(judge, runs, good, bad, onProgress);
  const skipped: { number: number; why: string }[] = [];
  let steps = 0;
  const turn = await findTurn(count, async (number) => {
    onProgress(`commit ${++steps}: number ${number + 1} of ${count}`);
    const state = await options.state(number);
    if (state.kind === 'unusable') {
      skipped.push({ number, why: state.why });
      return 'unresolved';
    }
    const verdict = await judge.decide(state.runnable, true);
    const [fault] = judge.faultsOf(state.runnable.key).flat();
    const why =
      fault === undefined
        ? 'the environment spoilt each run'
        : `fails in another way: not so: ${fault.assertion}`;
    if (verdict === 'unresolved') skipped.push({ number, why });
    return verdict;
  });
  return { ...turn, steps, skipped, runs: runs.counts };
}
