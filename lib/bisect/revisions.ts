// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import { decide, type Decision, type Known } from './decide.ts';
import { reproduceEnds } from './ends.ts';
import type { BisectStep, GitTree } from './git-tree.ts';
import type { ObservedFault, Question } from './observation.ts';
import { type RunCounts, type Runnable, Runs } from './runs.ts';
import type { ObservationStore } from './store.ts';

/** A revision that was made ready to be run, or the reason why it cannot be. */
export type Built =
  | { readonly kind: 'built'; readonly runnable: Runnable }
  | { readonly kind: 'unbuildable'; readonly why: string };

/** What to bisect, and how. */
export interface RevisionOptions {
  readonly tree: GitTree;
  readonly good: string;
  readonly bad: string;
  readonly question: Question;
  readonly store: ObservationStore;
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
    who: `${which} end ${commit.slice(0, 12)}`,
    what: 'does not build',
    lastSeen: built.why,
    remedy: 'give an end that builds',
  });
}

const whyNeither = ({ faults }: Decision): string =>
  faults[0] === undefined
    ? 'the environment spoilt each run'
    : `fails in another way: ${faults[0].assertion}`;

/** One bisection: what its steps have in common. */
class Revisions {
  readonly #options: RevisionOptions;
  readonly #runs: Runs;
  readonly #skipped: { commit: string; why: string }[] = [];
  readonly #faults = new Map<string, readonly ObservedFault[]>();
  #steps = 0;

  constructor(options: RevisionOptions) {
    this.#options = options;
    this.#runs = new Runs(options.store);
  }

  async run(): Promise<RevisionResult> {
    const { tree, good, bad, question } = this.#options;
    this.#tell('build the good end');
    const first = await buildEnd(this.#options, 'good', good);
    this.#tell('build the bad end');
    const second = await buildEnd(this.#options, 'bad', bad);
    const ends = await reproduceEnds(
      this.#runs,
      question,
      { name: `good end ${good.slice(0, 12)}`, runnable: first },
      { name: `bad end ${bad.slice(0, 12)}`, runnable: second },
      (what) => {
        this.#tell(what);
      },
    );
    const assertions = new Set(ends.faults.map(({ assertion }) => assertion));
    const known = { question, rates: ends.rates, assertions };
    this.#faults.set(bad, ends.faults);
    let step = await tree.start(good, bad);
    while (step.kind === 'next') step = await tree.mark(await this.#try(step, known));
    const commits = step.kind === 'found' ? [step.commit] : step.commits;
    const faults = commits.flatMap((commit) => this.#faults.get(commit) ?? []);
    return {
      commits,
      faults: [...new Map(faults.map((fault) => [fault.assertion, fault])).values()],
      steps: this.#steps,
      skipped: this.#skipped,
      runs: this.#runs.counts,
    };
  }

  #tell(text: string): void {
    this.#options.onProgress?.(text);
  }

  async #try(step: BisectStep & { kind: 'next' }, known: Known): Promise<'good' | 'bad' | 'skip'> {
    const commit = await this.#options.tree.head();
    this.#steps++;
    this.#tell(`step ${this.#steps}: ${commit.slice(0, 12)}; ${step.left}`);
    const built = await this.#options.build();
    if (built.kind === 'unbuildable') return this.#skip(commit, `does not build: ${built.why}`);
    const decision = await decide(this.#runs, built.runnable, known);
    this.#faults.set(commit, decision.faults);
    return decision.verdict === 'unresolved'
      ? this.#skip(commit, whyNeither(decision))
      : decision.verdict;
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
