// SPDX-License-Identifier: Apache-2.0
import { decide, type Decision } from './decide.ts';
import { reproduceEnds, type End } from './ends.ts';
import {
  type Cause,
  findCauses,
  findRequirements,
  type Requirements,
  type SearchProgress,
  type StepVerdict,
} from './minimise.ts';
import type { ObservedFault, Question } from './observation.ts';
import { type RunCounts, type Runnable, Runs } from './runs.ts';
import type { FailureRates } from './sequential-test.ts';
import type { ObservationStore } from './store.ts';

/** Two ends and all that lies between them. */
export interface Between {
  /** How many changes there are. */
  readonly count: number;
  /** Whether a set of them can be, without trying. */
  readonly exists: (changes: readonly number[]) => boolean;
  readonly mixture: (changes: readonly number[]) => Runnable;
}

/** How far a bisection has come, for a live line. */
export interface BisectProgress extends SearchProgress {
  readonly phase: string;
  readonly counts: RunCounts;
}

/** What to bisect, and how. */
export interface BisectOptions {
  readonly between: Between;
  readonly question: Question;
  readonly store: ObservationStore;
  readonly names: { readonly good: string; readonly bad: string };
  readonly onProgress?: (progress: BisectProgress) => void;
}

/** A cause, with what fails when nothing but it is changed. */
export interface ProvenCause extends Cause {
  readonly faults: readonly ObservedFault[];
}

/** What a bisection found out. */
export interface BisectResult {
  readonly causes: readonly ProvenCause[];
  /** What all changes but those come to. */
  readonly others: StepVerdict;
  readonly otherFaults: readonly ObservedFault[];
  /** Groups of changes that cannot be one without the other. */
  readonly requires: Requirements;
  readonly rates: FailureRates;
  readonly flaky: boolean;
  /** Runs of the ends, and of all that was between. */
  readonly endRuns: RunCounts;
  readonly runs: RunCounts;
  /** Sets of changes that were asked about, those that cannot be not counted. */
  readonly steps: number;
}

/** One bisection: what its steps have in common. */
class Bisection {
  readonly #options: BisectOptions;
  readonly #runs: Runs;
  readonly #known = new Set<string>();
  readonly #verdicts = new Map<string, Decision>();
  #rates: FailureRates = { good: 0, bad: 1 };
  #progress: SearchProgress = { found: 0, left: 0 };
  #steps = 0;

  constructor(options: BisectOptions) {
    this.#options = options;
    this.#runs = new Runs(options.store);
  }

  async run(): Promise<BisectResult> {
    const { between, question, names } = this.#options;
    const all = Array.from({ length: between.count }, (_unused, index) => index);
    this.#progress = { found: 0, left: all.length };
    const end = (name: string, changes: readonly number[]): End => ({
      name,
      runnable: between.mixture(changes),
    });
    const ends = await reproduceEnds(
      this.#runs,
      question,
      end(names.good, []),
      end(names.bad, all),
      (phase) => {
        this.#tell(phase);
      },
    );
    const endRuns = this.#runs.counts;
    this.#rates = ends.rates;
    for (const { assertion } of ends.faults) this.#known.add(assertion);
    const requires = await findRequirements(between.count, between.exists);
    this.#note([], 'good', []);
    this.#note(all, 'bad', ends.faults);
    const found = await findCauses(between.count, requires, (changes) => this.#ask(changes), {
      askLeft: (changes) => this.#askLeft(changes),
      onProgress: (progress) => {
        this.#progress = progress;
      },
    });
    return {
      causes: found.causes.map((cause) => ({ ...cause, faults: this.#faults(cause.changes) })),
      others: found.others,
      otherFaults: found.others === 'good' ? [] : this.#faults(found.left),
      requires,
      rates: ends.rates,
      flaky: ends.flaky,
      endRuns,
      runs: this.#runs.counts,
      steps: this.#steps,
    };
  }

  #tell(phase: string): void {
    this.#options.onProgress?.({ ...this.#progress, phase, counts: this.#runs.counts });
  }

  #note(changes: readonly number[], verdict: StepVerdict, faults: readonly ObservedFault[]): void {
    this.#verdicts.set(changes.join(), { verdict, faults });
  }

  #faults(changes: readonly number[]): readonly ObservedFault[] {
    const faults = this.#verdicts.get(changes.join())?.faults ?? [];
    return [...new Map(faults.map((fault) => [fault.assertion, fault])).values()];
  }

  async #ask(changes: readonly number[]): Promise<StepVerdict> {
    const known = this.#verdicts.get(changes.join());
    if (known !== undefined) return known.verdict;
    if (!this.#options.between.exists(changes)) {
      this.#note(changes, 'unresolved', []);
      return 'unresolved';
    }
    this.#steps++;
    this.#tell(`step ${this.#steps}: ${changes.length} of ${this.#options.between.count} changes`);
    const { between, question } = this.#options;
    const ends = { question, rates: this.#rates, assertions: this.#known };
    const { verdict, faults } = await decide(this.#runs, between.mixture(changes), ends);
    this.#note(changes, verdict, faults);
    return verdict;
  }

  /**
   * What is left without a cause is an end of its own: it may fail in a way that the cause hid, and
   * that is then what is looked for.
   */
  async #askLeft(changes: readonly number[]): Promise<StepVerdict> {
    const verdict = await this.#ask(changes);
    const hidden = this.#faults(changes).filter(({ assertion }) => !this.#known.has(assertion));
    if (verdict !== 'unresolved' || hidden.length === 0) return verdict;
    this.#known.clear();
    for (const { assertion } of hidden) this.#known.add(assertion);
    // What was unresolved before may have failed in just that way.
    for (const [key, one] of this.#verdicts)
      if (one.verdict === 'unresolved') this.#verdicts.delete(key);
    return this.#ask(changes);
  }
}

/**
 * Finds the smallest sets of changes that break what the good end does, each proven by a run.
 * @throws MisuseError when the ends are not what they are said to be; EnvironmentError when the
 * environment spoils more than half of the runs, or the disk is full.
 */
export function bisect(options: BisectOptions): Promise<BisectResult> {
  return new Bisection(options).run();
}
