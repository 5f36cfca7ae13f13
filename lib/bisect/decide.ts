// SPDX-License-Identifier: Apache-2.0
import type { StepVerdict } from './minimise.ts';
import {
  faultsAsked,
  judgeRun,
  type Observation,
  type ObservedFault,
  type Question,
} from './observation.ts';
import type { RunCounts, Runnable, Runs } from './runs.ts';
import { FailureModel, sumOf, type Tally } from './sequential-test.ts';

/** How often something is run first, and at least how often where it does not come out the same each time. */
const firstRuns = 3;
export const flakyRuns = 12;

/** A failure rate is known well enough after so many failures, and is given up to be after so many runs. */
const tellingFailures = 4;
const mostMeasured = 60;

/**
 * What is known of how the bad end fails, and what each thing that was run is by it: good, bad or
 * neither. It remembers each run, so that a question that is asked again costs only the runs that
 * the answer still wants.
 */
export class Judge {
  readonly #runs: Runs;
  readonly question: Question;
  /** What was run, by its key; in the order in which it was. */
  readonly #seen = new Map<string, Observation[]>();
  readonly #bad = new Set<string>();
  /** What fails in the bad end. */
  #assertions: ReadonlySet<string> = new Set();
  #good = '';
  /** What is just made smaller: it may fail less often than the bad end. */
  #suspect = '';

  constructor(runs: Runs, question: Question) {
    this.#runs = runs;
    this.question = question;
  }

  get counts(): RunCounts {
    return this.#runs.counts;
  }

  get assertions(): ReadonlySet<string> {
    return this.#assertions;
  }

  /** Runs of something until there are `count`; whether there are. */
  async see(runnable: Runnable, count: number): Promise<boolean> {
    const seen = this.#seen.get(runnable.key) ?? [];
    this.#seen.set(runnable.key, seen);
    while (seen.length < count) {
      const observation = await this.#runs.observe(runnable, seen.length);
      if (observation === undefined) return false;
      seen.push(observation);
    }
    return true;
  }

  /** What failed in the runs of something, as far as it is asked for; a list for each run. */
  faultsOf(key: string): readonly (readonly ObservedFault[])[] {
    return (this.#seen.get(key) ?? []).map((one) => faultsAsked(one, this.question));
  }

  tally(key: string): Tally {
    const judged = this.faultsOf(key).map((faults) => judgeRun(faults, this.#assertions));
    const count = (what: string): number => judged.filter((one) => one === what).length;
    return { failed: count('failed'), passed: count('passed') };
  }

  /** From now on bad is what fails by one of these assertions, as `bad` does. */
  look(assertions: Iterable<string>, bad: string, good = this.#good): void {
    this.#assertions = new Set(assertions);
    this.#good = good;
    this.#suspect = bad;
    this.#bad.clear();
    this.#bad.add(bad);
  }

  /** How often what is bad fails: as often as all that was seen to be, or as the suspect if that is less. */
  get model(): FailureModel {
    const good = this.tally(this.#good);
    const all = new FailureModel(sumOf([...this.#bad].map((key) => this.tally(key))), good);
    if (all.steady) return all;
    const own = new FailureModel(this.tally(this.#suspect), good);
    return own.rates.bad < all.rates.bad ? own : all;
  }

  /** How sure it is that something is good, from 0 to 1. */
  confidence(key: string): number {
    return this.model.confidence(this.tally(key));
  }

  /**
   * Runs until it is decided; neither, where the environment or another fault is in the way.
   * @param sure false: where nothing bad was ever seen to pass, one passed run is taken for good. Who
   * builds on it has to ask for a sure answer in the end.
   */
  async decide(runnable: Runnable, sure: boolean): Promise<StepVerdict> {
    const { key } = runnable;
    if (this.#bad.has(key)) return 'bad';
    const { model } = this;
    const { limit } = model;
    for (let count = 1; count <= limit; count++) {
      if (!(await this.see(runnable, count))) return 'unresolved';
      const tally = this.tally(key);
      const runs = this.#seen.get(key)?.length ?? 0;
      if (tally.failed + tally.passed < runs) return 'unresolved';
      // Earlier questions may have left more runs than this one has come to.
      if (count < runs) continue;
      const verdict = model.verdict(tally);
      if (verdict === 'bad') this.#bad.add(key);
      if (verdict !== undefined) return verdict;
      if (!sure && model.steady && tally.failed === 0) return 'good';
    }
    return 'unresolved';
  }

  /** Whether what was run so far came out in more than one way. */
  #varies(key: string): boolean {
    const faults = this.faultsOf(key);
    const failed = faults.filter((one) => one.length > 0).length;
    return failed > 0 && failed < faults.length;
  }

  /**
   * Runs what is bad until its own failure rate is known: what is left out of it is judged by that.
   * @returns whether the environment let it.
   */
  async measure(runnable: Runnable): Promise<boolean> {
    this.#suspect = runnable.key;
    if (!(await this.see(runnable, firstRuns))) return false;
    if (!this.#varies(runnable.key) && this.model.steady) return true;
    return this.#seeOften(runnable);
  }

  async #seeOften(runnable: Runnable): Promise<boolean> {
    for (let count = flakyRuns; count <= mostMeasured; count++) {
      if (!(await this.see(runnable, count))) return false;
      const failed = this.faultsOf(runnable.key).filter((one) => one.length > 0).length;
      if (failed >= tellingFailures) return true;
    }
    return true;
  }

  /** Runs an end three times, or often where it varies; an end that should be bad until it fails. */
  async reproduce(runnable: Runnable, which: 'good' | 'bad'): Promise<boolean> {
    const failed = (): boolean => this.faultsOf(runnable.key).some((one) => one.length > 0);
    if (!(await this.see(runnable, firstRuns))) return false;
    if (which === 'good') return true;
    for (let count = firstRuns; !failed() && count <= flakyRuns; count++)
      if (!(await this.see(runnable, count))) return false;
    return this.#varies(runnable.key) ? this.#seeOften(runnable) : true;
  }
}
