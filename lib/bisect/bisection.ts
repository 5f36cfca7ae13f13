// SPDX-License-Identifier: Apache-2.0
import { Judge } from './decide.ts';
import { reproduceEnds, type End } from './ends.ts';
import {
  type Cause,
  type Exists,
  findCauses,
  findRequirements,
  type Requirements,
  type SearchProgress,
  type StepVerdict,
  without,
} from './minimise.ts';
import { cannotBeTried, type ObservedFault, type Question } from './observation.ts';
import { type RunCounts, type Runnable, Runs } from './runs.ts';
import type { FailureRates, Tally } from './sequential-test.ts';
import type { KnownRuns } from './store.ts';
import { costsBetween, rangesOf, type Step, Trail } from './trail.ts';
import { countText } from '../support/wording.ts';

/** Two ends and all that lies between them. */
export interface Between {
  /** How many changes there are. */
  readonly count: number;
  readonly exists: Exists;
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
  readonly store: KnownRuns;
  readonly names: { readonly good: string; readonly bad: string };
  readonly onProgress?: (progress: BisectProgress) => void;
}

/** That something passes without a change, and how sure that is. */
export interface Proof {
  readonly verdict: StepVerdict;
  readonly tally: Tally;
  /** From 0 to 1; undefined where it could not be tried. */
  readonly confidence: number | undefined;
}

/** A cause, with what fails when nothing but it is changed. */
export interface ProvenCause extends Cause {
  readonly faults: readonly ObservedFault[];
  /** Runs with nothing but it changed: what is not in it is not needed. */
  readonly tally: Tally;
  /** For each of its changes: what comes of the cause without it. */
  readonly needed: readonly Proof[];
}

/** What a bisection found out. */
export interface BisectResult {
  readonly causes: readonly ProvenCause[];
  /** What all changes but those come to. */
  readonly others: StepVerdict;
  readonly otherFaults: readonly ObservedFault[];
  /** Runs of all changes but those, and how sure it is that none of them breaks it too. */
  readonly innocence: Proof;
  /** Groups of changes that cannot be one without the other. */
  readonly requires: Requirements;
  readonly rates: FailureRates;
  readonly flaky: boolean;
  readonly ends: { readonly good: Tally; readonly bad: Tally };
  /** Runs of the ends, and of all that was between. */
  readonly endRuns: RunCounts;
  readonly runs: RunCounts;
  /** Sets of changes that were asked about, those that cannot be not counted. */
  readonly steps: number;
  readonly trail: readonly Step[];
}

/** One bisection: what its steps have in common. */
class Bisection {
  readonly #options: BisectOptions;
  readonly #runs: Runs;
  readonly #judge: Judge;
  readonly #trail = new Trail();
  readonly #runnables = new Map<string, Runnable>();
  readonly #verdicts = new Map<string, StepVerdict>();
  #requires: Requirements = [];
  #progress: SearchProgress = { found: 0, left: 0 };

  constructor(options: BisectOptions) {
    this.#options = options;
    this.#runs = new Runs(options.store);
    this.#judge = new Judge(this.#runs, options.question);
  }

  async run(): Promise<BisectResult> {
    const { between, names } = this.#options;
    const all = Array.from({ length: between.count }, (_unused, index) => index);
    this.#progress = { found: 0, left: all.length };
    const end = (name: string, changes: readonly number[]): End => ({
      name,
      runnable: this.#runnable(changes),
    });
    const ends = await reproduceEnds(
      this.#judge,
      this.#runs,
      end(names.good, []),
      end(names.bad, all),
      (phase) => {
        this.#tell(phase);
      },
    );
    const endRuns = this.#runs.counts;
    this.#requires = await findRequirements(between.count, between.exists);
    this.#verdicts.set('', 'good').set(all.join(), 'bad');
    const asking = {
      ask: (changes: readonly number[]) => this.#ask(changes, false),
      sure: (changes: readonly number[]) => this.#ask(changes, true),
      suspect: (changes: readonly number[]) => this.#measure(changes),
    };
    const causes: ProvenCause[] = [];
    const found = await findCauses(between.count, this.#requires, asking, {
      askLeft: (changes) => this.#askLeft(changes),
      onCause: async (changes) => {
        causes.push(await this.#prove(changes));
      },
      onProgress: (progress) => {
        this.#progress = progress;
      },
    });
    return {
      causes,
      others: found.others,
      otherFaults: found.others === 'good' ? [] : this.#faults(found.left),
      innocence: this.#proof(found.left, found.others),
      requires: this.#requires,
      rates: this.#judge.model.rates,
      flaky: !this.#judge.model.steady,
      ends: { good: ends.good, bad: ends.bad },
      endRuns,
      runs: this.#runs.counts,
      steps: this.#trail.steps.length,
      trail: this.#trail.steps,
    };
  }

  #tell(phase: string): void {
    this.#options.onProgress?.({ ...this.#progress, phase, counts: this.#runs.counts });
  }

  #runnable(changes: readonly number[]): Runnable {
    const key = changes.join();
    const runnable = this.#runnables.get(key) ?? this.#options.between.mixture(changes);
    this.#runnables.set(key, runnable);
    return runnable;
  }

  #faults(changes: readonly number[]): readonly ObservedFault[] {
    const faults = this.#judge.faultsOf(this.#runnable(changes).key).flat();
    return [...new Map(faults.map((fault) => [fault.assertion, fault])).values()];
  }

  #proof(changes: readonly number[], verdict: StepVerdict): Proof {
    const { key } = this.#runnable(changes);
    const confidence = verdict === 'good' ? this.#judge.confidence(key) : undefined;
    return { verdict, tally: this.#judge.tally(key), confidence };
  }

  /** What of a cause is needed, each by runs without it. */
  async #prove(changes: readonly number[]): Promise<ProvenCause> {
    await this.#measure(changes);
    const needed: Proof[] = [];
    for (const change of changes) {
      const fewer = without(changes, change, this.#requires);
      needed.push(this.#proof(fewer, await this.#ask(fewer, true)));
    }
    const tally = this.#judge.tally(this.#runnable(changes).key);
    return { changes, faults: this.#faults(changes), tally, needed };
  }

  /** Does something that runs a set of changes, and notes what it came to and what it cost. */
  async #noted<T>(
    changes: readonly number[],
    work: () => Promise<T>,
    verdict: (result: T) => StepVerdict,
  ): Promise<T> {
    const before = this.#runs.counts;
    const result = await work();
    const what = `changes ${rangesOf(changes)}`;
    const tally = this.#judge.tally(this.#runnable(changes).key);
    const costs = costsBetween(before, this.#runs.counts);
    this.#trail.note(changes.join(), { what, verdict: verdict(result), tally }, costs);
    return result;
  }

  async #measure(changes: readonly number[]): Promise<void> {
    this.#tell(
      `how often what is left fails, ${changes.length} of ${countText(this.#options.between.count, 'change')}`,
    );
    const measure = (): Promise<boolean> => this.#judge.measure(this.#runnable(changes));
    if (changes.length === this.#options.between.count) await measure();
    else await this.#noted(changes, measure, () => 'bad');
  }

  /** @param sure whether the answer rests upon this; what is known surely need not be run. */
  async #ask(changes: readonly number[], sure: boolean): Promise<StepVerdict> {
    const key = changes.join();
    const known = this.#verdicts.get(key);
    if (known !== undefined && (known !== 'good' || !sure)) return known;
    if (!(await this.#options.between.exists(changes))) {
      this.#verdicts.set(key, 'unresolved');
      return 'unresolved';
    }
    const { count } = this.#options.between;
    this.#tell(
      changes.length === 0
        ? 'the good end again'
        : `step ${this.#trail.steps.length + 1}: ${changes.length} of ${countText(count, 'change')}`,
    );
    const decide = (): Promise<StepVerdict> => this.#judge.decide(this.#runnable(changes), sure);
    const verdict = await (changes.length === 0
      ? decide()
      : this.#noted(changes, decide, (decided) => decided));
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  /**
   * What is left without a cause is an end of its own: it may fail in a way that the cause hid, and
   * that is then what is looked for.
   */
  async #askLeft(changes: readonly number[]): Promise<StepVerdict> {
    const verdict = await this.#ask(changes, true);
    const { assertions } = this.#judge;
    const hidden = this.#faults(changes).filter(
      ({ assertion }) => !assertions.has(assertion) && assertion !== cannotBeTried,
    );
    if (verdict !== 'unresolved' || hidden.length === 0) return verdict;
    this.#judge.look(
      hidden.map(({ assertion }) => assertion),
      this.#runnable(changes).key,
    );
    // What was unresolved before may have failed in just that way.
    for (const [key, one] of this.#verdicts) if (one === 'unresolved') this.#verdicts.delete(key);
    return this.#ask(changes, true);
  }
}

/**
 * Finds the smallest sets of changes that break what the good end does, each proven by runs.
 * @throws MisuseError when the ends are not what they are said to be; EnvironmentError when the
 * environment spoils more than half of the runs, or the disk is full.
 */
export function bisect(options: BisectOptions): Promise<BisectResult> {
  return new Bisection(options).run();
}
