// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import { Judge } from './decide.ts';
import { reproduceEnds } from './ends.ts';
import type { BisectStep } from './git-tree.ts';
import type { StepVerdict } from './minimise.ts';
import type { ObservedFault, Question } from './observation.ts';
import { type RunCounts, type Runnable, Runs } from './runs.ts';
import type { Tally } from './sequential-test.ts';
import type { KnownRuns } from './store.ts';
import { costsBetween, type Step, Trail } from './trail.ts';

/** A revision that was made ready to be run, or the reason why it cannot be. */
export type Built =
  | { readonly kind: 'built'; readonly runnable: Runnable }
  | { readonly kind: 'unbuildable'; readonly why: string; readonly what?: string };

/** What has revisions between two of which one is looked for: a worktree of git, a list of versions. */
export interface RevisionWalk {
  checkOut(revision: string): Promise<void>;
  /** The revision that is checked out. */
  head(): Promise<string>;
  start(good: string, bad: string): Promise<BisectStep>;
  mark(verdict: 'good' | 'bad' | 'skip'): Promise<BisectStep>;
}

/** The name of a revision, as short as people have it. */
export const shortName = (revision: string): string =>
  /^[0-9a-f]{40,64}$/.test(revision) ? revision.slice(0, 12) : revision;

/** What to bisect, and how. */
export interface RevisionOptions {
  readonly tree: RevisionWalk;
  readonly good: string;
  readonly bad: string;
  readonly question: Question;
  readonly store: KnownRuns;
  /** Makes what is checked out ready. Rejects with EnvironmentError for what is not its fault. */
  readonly build: () => Promise<Built>;
  readonly onProgress?: (text: string) => void;
}

/** What a bisection of revisions found out. */
export interface RevisionResult {
  /** The first bad commit; several where those between could not be tried. */
  readonly commits: readonly string[];
  readonly faults: readonly ObservedFault[];
  /** Revisions that were asked about, and those of them that said nothing. */
  readonly steps: number;
  readonly skipped: readonly { readonly commit: string; readonly why: string }[];
  readonly runs: RunCounts;
  readonly ends: { readonly good: Tally; readonly bad: Tally };
  readonly flaky: boolean;
  /**
   * How sure it is that none of the revisions that were taken for good is bad, if what is bad fails
   * as often as what was seen to be: from 0 to 1.
   */
  readonly confidence: number;
  readonly trail: readonly Step[];
}

async function buildEnd(
  { tree, build }: RevisionOptions,
  which: string,
  commit: string,
): Promise<Runnable> {
  await tree.checkOut(commit);
  const built = await build();
  if (built.kind === 'built') return built.runnable;
  throw new MisuseError({
    who: `${which} end ${shortName(commit)}`,
    what: built.what ?? 'does not build',
    lastSeen: built.why,
    remedy: 'give another end',
  });
}

const whyNeither = ([fault]: readonly ObservedFault[]): string =>
  fault === undefined
    ? 'the environment spoilt each run, or none was enough to tell'
    : `fails in another way: ${fault.assertion}`;

/** One bisection: what its steps have in common. */
class Revisions {
  readonly #options: RevisionOptions;
  readonly #runs: Runs;
  readonly #skipped: { commit: string; why: string }[] = [];
  readonly #judge: Judge;
  readonly #trail = new Trail();
  readonly #faults = new Map<string, readonly ObservedFault[]>();
  /** What was taken for good, by what was run. */
  readonly #good = new Set<string>();
  #steps = 0;

  constructor(options: RevisionOptions) {
    this.#options = options;
    this.#runs = new Runs(options.store);
    this.#judge = new Judge(this.#runs, options.question);
  }

  async run(): Promise<RevisionResult> {
    const { tree, good, bad } = this.#options;
    this.#tell('build the good end');
    const first = await buildEnd(this.#options, 'good', good);
    this.#tell('build the bad end');
    const second = await buildEnd(this.#options, 'bad', bad);
    const ends = await reproduceEnds(
      this.#judge,
      this.#runs,
      { name: `good end ${shortName(good)}`, runnable: first },
      { name: `bad end ${shortName(bad)}`, runnable: second },
      (what) => {
        this.#tell(what);
      },
    );
    this.#good.add(first.key);
    this.#faults.set(bad, ends.faults);
    let step = await tree.start(good, bad);
    while (step.kind === 'next') step = await tree.mark(await this.#try(step));
    const commits = step.kind === 'found' ? [step.commit] : step.commits;
    const faults = commits.flatMap((commit) => this.#faults.get(commit) ?? []);
    return {
      commits,
      faults: [...new Map(faults.map((fault) => [fault.assertion, fault])).values()],
      steps: this.#steps,
      skipped: this.#skipped,
      runs: this.#runs.counts,
      ends: { good: ends.good, bad: ends.bad },
      flaky: !this.#judge.model.steady,
      confidence: this.#confidence(),
      trail: this.#trail.steps,
    };
  }

  #tell(text: string): void {
    this.#options.onProgress?.(text);
  }

  /** Each of what was taken for good may be bad: the chances add up, at most. */
  #confidence(): number {
    const doubts = [...this.#good].map((key) => 1 - this.#judge.confidence(key));
    return Math.max(0, 1 - doubts.reduce((sum, doubt) => sum + doubt, 0));
  }

  async #try(step: BisectStep & { kind: 'next' }): Promise<'good' | 'bad' | 'skip'> {
    const commit = await this.#options.tree.head();
    this.#steps++;
    this.#tell(`step ${this.#steps}: ${shortName(commit)}; ${step.left}`);
    const before = this.#runs.counts;
    const built = await this.#options.build();
    const note = (verdict: StepVerdict, tally: Tally, why?: string): void => {
      const costs = costsBetween(before, this.#runs.counts);
      this.#trail.note(commit, { what: shortName(commit), verdict, tally, why }, costs);
    };
    if (built.kind === 'unbuildable') {
      const why = `${built.what ?? 'does not build'}: ${built.why}`;
      note('unresolved', { failed: 0, passed: 0 }, why);
      return this.#skip(commit, why);
    }
    const { key } = built.runnable;
    const verdict = await this.#judge.decide(built.runnable, true);
    const faults = this.#judge.faultsOf(key).flat();
    this.#faults.set(commit, faults);
    const why = verdict === 'unresolved' ? whyNeither(faults) : undefined;
    note(verdict, this.#judge.tally(key), why);
    if (verdict === 'good') this.#good.add(key);
    return verdict === 'unresolved' ? this.#skip(commit, why ?? '') : verdict;
  }

  #skip(commit: string, why: string): 'skip' {
    this.#skipped.push({ commit, why });
    if (this.#steps >= 4 && 2 * this.#skipped.length > this.#steps)
      throw new EnvironmentError({
        who: 'bisect',
        what: `stops: ${this.#skipped.length} of ${this.#steps} revisions could not be judged`,
        lastSeen: why,
        remedy: 'give ends that lie closer together; what is known is kept',
      });
    return 'skip';
  }
}

/**
 * Finds the first bad commit between two, by `git bisect` in a worktree of its own.
 * @throws MisuseError when the ends are not what they are said to be; EnvironmentError when more than
 * half of the revisions or of the runs tell nothing.
 */
export function bisectRevisions(options: RevisionOptions): Promise<RevisionResult> {
  return new Revisions(options).run();
}
