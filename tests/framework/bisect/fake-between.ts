// SPDX-License-Identifier: Apache-2.0
import type { Between } from '../../../lib/bisect/bisection.ts';
import type { Observation } from '../../../lib/bisect/observation.ts';
import type { KnownRuns } from '../../../lib/bisect/store.ts';

/** What a run of a set of changes shows: the assertions that fail; or throws. */
export type Show = (changes: readonly number[], run: number) => readonly string[];

/** Changes that nobody boots. `ran` has each run, by its changes. */
export function fakeBetween(
  count: number,
  show: Show,
  exists: Between['exists'] = () => true,
): { between: Between; ran: string[] } {
  const ran: string[] = [];
  const between: Between = {
    count,
    exists,
    mixture: (changes) => ({
      key: `set ${changes.join()}`,
      run: () => {
        const key = changes.join();
        const before = ran.filter((one) => one === key).length;
        ran.push(key);
        return new Promise<Observation>((resolve) => {
          const faults = show(changes, before).map((assertion) => ({ assertion, message: 'seen' }));
          resolve({ faults, present: ['mailbox: a, b', 'log: a, b'], tookMs: 1 });
        });
      },
    }),
  };
  return { between, ran };
}

/** Numbers from 0 to 1, the same each time: a linear congruential generator (Numerical Recipes). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** What runs have shown, in memory alone. */
export class Remembered implements KnownRuns {
  readonly #known = new Map<string, Observation[]>();

  of(key: string): readonly Observation[] {
    return this.#known.get(key) ?? [];
  }

  add(key: string, observation: Observation): Promise<void> {
    const known = this.#known.get(key) ?? [];
    known.push(observation);
    this.#known.set(key, known);
    return Promise.resolve();
  }
}
