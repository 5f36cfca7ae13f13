// SPDX-License-Identifier: Apache-2.0
import type { BisectStep } from './git-tree.ts';
import type { RevisionWalk } from './revisions.ts';

/**
 * A bisection of a list in which each stands behind those before it: the middle one is next, or of
 * those that were not tried the nearest to it.
 */
export class VersionWalk implements RevisionWalk {
  readonly #versions: readonly string[];
  readonly #skipped = new Set<number>();
  #current = 0;
  #good = 0;
  #bad = 0;

  /** @param versions the oldest first. */
  constructor(versions: readonly string[]) {
    this.#versions = versions;
  }

  checkOut(version: string): Promise<void> {
    this.#current = this.#versions.indexOf(version);
    return Promise.resolve();
  }

  head(): Promise<string> {
    return Promise.resolve(this.#versions[this.#current] ?? '');
  }

  start(good: string, bad: string): Promise<BisectStep> {
    this.#good = this.#versions.indexOf(good);
    this.#bad = this.#versions.indexOf(bad);
    return this.#next();
  }

  mark(verdict: 'good' | 'bad' | 'skip'): Promise<BisectStep> {
    if (verdict === 'good') this.#good = this.#current;
    else if (verdict === 'bad') this.#bad = this.#current;
    else this.#skipped.add(this.#current);
    return this.#next();
  }

  #between(): number[] {
    return [...this.#versions.keys()].slice(this.#good + 1, this.#bad);
  }

  #next(): Promise<BisectStep> {
    const between = this.#between();
    const untried = between.filter((index) => !this.#skipped.has(index));
    const version = (index: number): string => this.#versions[index] ?? '';
    if (between.length === 0) return Promise.resolve({ kind: 'found', commit: version(this.#bad) });
    const [first] = untried;
    if (first === undefined)
      return Promise.resolve({
        kind: 'only-skipped',
        commits: [...between, this.#bad].map(version),
      });
    const middle = (this.#good + this.#bad) / 2;
    this.#current = untried.reduce(
      (best, index) => (Math.abs(index - middle) < Math.abs(best - middle) ? index : best),
      first,
    );
    return Promise.resolve({ kind: 'next', left: `${untried.length} versions are left` });
  }
}
