// SPDX-License-Identifier: Apache-2.0
import type { StepVerdict } from './minimise.ts';
import type { RunCounts } from './runs.ts';
import type { Tally } from './sequential-test.ts';

/** Something that lies between the ends and was tried. */
export interface Step {
  /** `12 of 64 changes`, a commit, a version. */
  readonly what: string;
  readonly verdict: StepVerdict;
  readonly tally: Tally;
  /** Runs that were answered from the store, and runs that the environment spoilt. */
  readonly known: number;
  readonly spoilt: number;
  readonly tookMs: number;
  /** Why it is neither good nor bad. */
  readonly why?: string | undefined;
}

/** The steps of a bisection, in the order in which each was first asked about. */
export class Trail {
  readonly #steps = new Map<string, Step>();

  get steps(): readonly Step[] {
    return [...this.#steps.values()];
  }

  /** Notes what was asked about; what it was asked about before is told with it. */
  note(key: string, step: Omit<Step, 'known' | 'spoilt' | 'tookMs'>, costs: RunCounts): void {
    const before = this.#steps.get(key) ?? { known: 0, spoilt: 0, tookMs: 0 };
    this.#steps.set(key, {
      ...step,
      known: before.known + costs.known,
      spoilt: before.spoilt + costs.spoilt,
      tookMs: before.tookMs + costs.tookMs,
    });
  }
}

/** Numbers as people count them, from 1: `1-7, 9`. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number) last[1] = number + 1;
    else ranges.push([number + 1, number + 1]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

/** What was run between two looks. */
export function costsBetween(before: RunCounts, after: RunCounts): RunCounts {
  return {
    runs: after.runs - before.runs,
    spoilt: after.spoilt - before.spoilt,
    known: after.known - before.known,
    tookMs: after.tookMs - before.tookMs,
  };
}
