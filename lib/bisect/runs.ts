// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { UnwrittenError } from './mixture.ts';
import type { Observation } from './observation.ts';
import type { KnownRuns } from './store.ts';

/** Something that can be run: a mixture of the two ends, a revision. */
export interface Runnable {
  /** The same for the same content. */
  readonly key: string;
  /** Rejects with EnvironmentError for a run that the environment spoilt. */
  readonly run: () => Promise<Observation>;
}

/** How many runs there were, of what kind. */
export interface RunCounts {
  /** Runs that showed something. */
  readonly runs: number;
  /** Runs that the environment spoilt. */
  readonly spoilt: number;
  /** Runs that need not be: what they show was known. */
  readonly known: number;
  /** All that they took together. */
  readonly tookMs: number;
}

/** How often a run that was spoilt is tried again, before its step is given up. */
const attempts = 3;

/** So many runs tell whether more than half of them are spoilt. */
const judgedFrom = 4;

/** Runs things, and knows what they showed before. */
export class Runs {
  readonly #store: KnownRuns;
  #lastSpoilt: EnvironmentError | undefined;
  #counts = { runs: 0, spoilt: 0, known: 0, tookMs: 0 };

  constructor(store: KnownRuns) {
    this.#store = store;
  }

  get counts(): RunCounts {
    return this.#counts;
  }

  /** What spoilt a run last. */
  get lastSpoilt(): EnvironmentError | undefined {
    return this.#lastSpoilt;
  }

  /**
   * What the run number `index`, from 0, of something showed; undefined where the environment spoilt
   * it each time.
   * @throws EnvironmentError when it spoilt more than half of all runs.
   */
  async observe({ key, run }: Runnable, index: number): Promise<Observation | undefined> {
    const known = this.#store.of(key)[index];
    if (known !== undefined) {
      this.#count('known', 0);
      return known;
    }
    for (let attempt = 0; attempt < attempts; attempt++) {
      const startMs = performance.now();
      let observation: Observation;
      try {
        observation = await run();
      } catch (error) {
        if (!(error instanceof EnvironmentError) || error instanceof UnwrittenError) throw error;
        this.#count('spoilt', performance.now() - startMs);
        this.#lastSpoilt = error;
        this.#judge(error);
        continue;
      }
      this.#count('runs', performance.now() - startMs);
      // A disk that does not take it spoils no run: each would end so.
      await this.#store.add(key, observation);
      return observation;
    }
    return undefined;
  }

  #count(kind: 'runs' | 'spoilt' | 'known', tookMs: number): void {
    const counts = this.#counts;
    this.#counts = { ...counts, [kind]: counts[kind] + 1, tookMs: counts.tookMs + tookMs };
  }

  #judge(error: EnvironmentError): void {
    const { runs, spoilt } = this.#counts;
    const all = runs + spoilt;
    if (all < judgedFrom || 2 * spoilt <= all) return;
    throw new EnvironmentError(
      {
        who: 'bisect',
        what: `stops: the environment spoilt ${spoilt} of ${all} runs, which tells nothing of what is tested`,
        lastSeen: messageOf(error),
        remedy: 'cure that, and run the same command again: what is known is kept',
      },
      { cause: error },
    );
  }
}
