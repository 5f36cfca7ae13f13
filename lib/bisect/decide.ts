// SPDX-License-Identifier: Apache-2.0
import type { StepVerdict } from './minimise.ts';
import { faultsAsked, judgeRun, type ObservedFault, type Question } from './observation.ts';
import type { Runnable, Runs } from './runs.ts';
import { type FailureRates, mostRuns, SequentialTest } from './sequential-test.ts';

/** What is known of the ends when a step is taken. */
export interface Known {
  readonly question: Question;
  readonly rates: FailureRates;
  /** What fails in the bad end. */
  readonly assertions: ReadonlySet<string>;
}

/** What a step came to, and what failed in it. */
export interface Decision {
  readonly verdict: StepVerdict;
  readonly faults: readonly ObservedFault[];
}

/** Runs until the sequential test decides; neither, where the environment or another fault is in the way. */
export async function decide(runs: Runs, runnable: Runnable, known: Known): Promise<Decision> {
  const test = new SequentialTest(known.rates);
  const faults: ObservedFault[] = [];
  for (let run = 0; run < mostRuns; run++) {
    const observation = await runs.observe(runnable, run);
    if (observation === undefined) break;
    const asked = faultsAsked(observation, known.question);
    faults.push(...asked);
    const judged = judgeRun(asked, known.assertions);
    if (judged === 'otherwise') break;
    const verdict = test.add(judged);
    if (verdict !== undefined) return { verdict, faults };
  }
  return { verdict: 'unresolved', faults };
}
