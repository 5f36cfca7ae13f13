// SPDX-License-Identifier: Apache-2.0

/** How often the good end fails, and how often the bad end does: shares from 0 to 1. */
export interface FailureRates {
  readonly good: number;
  readonly bad: number;
}

/** How often each kind of error may come out. */
const error = 0.01;

/** A share that was never, or always, seen is not taken for 0, or 1. */
const sure = 0.005;

/** Runs after which a step that has not been decided is given up. */
export const mostRuns = 60;

/**
 * The rates that were seen. Ends that came out the same each time are taken to be certain: one run
 * then decides.
 * @throws RangeError where the bad end does not fail more often than the good one.
 */
export function failureRates(
  good: { readonly failed: number; readonly runs: number },
  bad: { readonly failed: number; readonly runs: number },
): FailureRates {
  const certain = good.failed === 0 && bad.failed === bad.runs;
  if (certain) return { good: sure, bad: 1 - sure };
  // Between 0 and 1, however few runs there were.
  const share = ({ failed, runs }: { failed: number; runs: number }): number =>
    (failed + 0.5) / (runs + 1);
  const rates = { good: Math.max(sure, share(good) / 2), bad: Math.min(1 - sure, share(bad)) };
  if (rates.bad > rates.good) return rates;
  throw new RangeError('the bad end does not fail more often than the good one');
}

/**
 * Wald's sequential probability ratio test ("Sequential Tests of Statistical Hypotheses", 1945): as
 * many runs as it takes to tell a good configuration from a bad one, with an error of 1 % each way.
 */
export class SequentialTest {
  readonly #rates: FailureRates;
  #ratio = 0;

  constructor(rates: FailureRates) {
    this.#rates = rates;
  }

  /** Counts a run; returns the verdict once there is one. */
  add(run: 'passed' | 'failed'): 'good' | 'bad' | undefined {
    const { good, bad } = this.#rates;
    this.#ratio += run === 'failed' ? Math.log(bad / good) : Math.log((1 - bad) / (1 - good));
    if (this.#ratio >= Math.log((1 - error) / error)) return 'bad';
    if (this.#ratio <= Math.log(error / (1 - error))) return 'good';
    return undefined;
  }
}
