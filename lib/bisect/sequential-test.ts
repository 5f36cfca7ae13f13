// SPDX-License-Identifier: Apache-2.0

/** Runs of one thing: how many failed as the bad end does, and how many passed. */
export interface Tally {
  readonly failed: number;
  readonly passed: number;
}

/** How often the good end fails, and how often the bad end does: shares from 0 to 1. */
export interface FailureRates {
  readonly good: number;
  readonly bad: number;
}

/** How often each kind of error may come out. */
const error = 0.01;

/** A good end of which no failure was seen is still not taken for one that never fails. */
const seldom = 0.005;

/** More runs than this no step takes, however seldom the bad end fails. */
const mostRuns = 200;

/**
 * How often what is bad fails, as far as it is known: every share was as likely as any other
 * before the first run, and each run that was seen tells more (Bayes, with a uniform prior). What
 * was seen seldom is thereby known less well, and takes more runs to be excluded.
 */
export class FailureModel {
  readonly #seen: Tally;
  readonly #goodRate: number;

  /**
   * @param bad runs of what is known to be bad.
   * @param good runs of the good end.
   */
  constructor(bad: Tally, good: Tally) {
    this.#seen = bad;
    this.#goodRate =
      good.failed === 0 ? seldom : (good.failed + 0.5) / (good.failed + good.passed + 1);
  }

  /** Whether nothing that is bad was ever seen to pass, nor the good end to fail. */
  get steady(): boolean {
    return this.#seen.passed === 0 && this.#goodRate <= seldom;
  }

  /** The mean of what is likely. */
  get rates(): FailureRates {
    const { failed, passed } = this.#seen;
    return { good: this.#goodRate, bad: (failed + 1) / (failed + passed + 2) };
  }

  /**
   * How probable it is that something is good after these runs of it, where before them it was as
   * likely to be good as to be bad: from 0 to 1.
   */
  confidence(tally: Tally): number {
    return 1 / (1 + Math.exp(this.#evidence(tally)));
  }

  /** What runs tell; undefined where more of them are wanted. Each error is at most 1 %. */
  verdict(tally: Tally): 'good' | 'bad' | undefined {
    const confidence = this.confidence(tally);
    if (confidence >= 1 - error) return 'good';
    return confidence <= error ? 'bad' : undefined;
  }

  /** So many runs a step takes at most: three times those that exclude what is bad. */
  get limit(): number {
    let passed = 1;
    while (passed < mostRuns && this.verdict({ failed: 0, passed }) === undefined) passed++;
    return Math.min(mostRuns, 3 * passed);
  }

  /**
   * Log of how much more likely the runs are of what is bad than of what is good: the Bayes factor,
   * which takes the place of the ratio in Wald's sequential test ("Sequential Tests of Statistical
   * Hypotheses", 1945). Of what is bad, the beta-binomial; its product needs no gamma function.
   */
  #evidence({ failed, passed }: Tally): number {
    const [a, b] = [this.#seen.failed + 1, this.#seen.passed + 1];
    let log = -failed * Math.log(this.#goodRate) - passed * Math.log(1 - this.#goodRate);
    for (let run = 0; run < failed; run++) log += Math.log(a + run);
    for (let run = 0; run < passed; run++) log += Math.log(b + run);
    for (let run = 0; run < failed + passed; run++) log -= Math.log(a + b + run);
    return log;
  }
}

/** All of these runs. */
export const sumOf = (tallies: Iterable<Tally>): Tally => {
  let [failed, passed] = [0, 0];
  for (const tally of tallies) [failed, passed] = [failed + tally.failed, passed + tally.passed];
  return { failed, passed };
};
