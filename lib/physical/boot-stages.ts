// SPDX-License-Identifier: Apache-2.0
import type { BudgetStage } from '../lab/lab.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError, type ErrorStory, MisuseError, SubjectError } from '../support/errors.ts';
import { BoardFault } from './blame.ts';

/** What the same error tells with more of how far it came. */
function retell(error: unknown, reached: string): unknown {
  if (error instanceof MisuseError) return error;
  if (error instanceof SubjectError || error instanceof EnvironmentError) {
    const told = error.story.reached;
    const story: ErrorStory = {
      ...error.story,
      reached: told === undefined ? reached : `${reached}; there ${told}`,
    };
    // Where it is the host's fault after all, its cause says so.
    const Kind = error instanceof SubjectError ? SubjectError : BoardFault;
    return new Kind(story, { cause: error });
  }
  return error;
}

/** What took more of its budget than this is told of. */
const tightShare = 0.8;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/**
 * A boot on its way through named stages, each with a budget: any may fail, and from there only
 * power-off follows. Every error tells the stages that were reached and in which one it was.
 */
export class BootStages {
  readonly #startMs = performance.now();
  readonly #times = new Map<BudgetStage, number>();
  readonly #budgets: Readonly<Record<BudgetStage, number>>;
  readonly #tight: string[] = [];

  constructor(budgets: Readonly<Record<BudgetStage, number>>) {
    this.#budgets = budgets;
  }

  /** Milliseconds from the start at which each stage was through. */
  get times(): ReadonlyMap<string, number> {
    return this.#times;
  }

  /** Stages that took most of their budget, `load 98.2 s of 120.0 s`: the next may not come through. */
  get tight(): readonly string[] {
    return this.#tight;
  }

  /** Does the work of a stage, within its budget and `deadline`. */
  async run<T>(
    stage: BudgetStage,
    deadline: Deadline,
    work: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    const budgetMs = this.#budgets[stage];
    const beginMs = performance.now();
    try {
      const result = await work(deadline.within(budgetMs));
      const tookMs = performance.now() - beginMs;
      if (tookMs > tightShare * budgetMs)
        this.#tight.push(`${stage} ${seconds(tookMs)} of ${seconds(budgetMs)}`);
      this.#times.set(stage, performance.now() - this.#startMs);
      return result;
    } catch (error) {
      throw retell(error, this.#reached(stage));
    }
  }

  #reached(stage: BudgetStage): string {
    const done = [...this.#times].map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
    const now = Math.round(performance.now() - this.#startMs);
    return [...done, `in the stage ${stage} at ${now} ms`].join(', ');
  }
}
