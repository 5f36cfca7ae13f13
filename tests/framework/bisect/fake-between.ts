// SPDX-License-Identifier: Apache-2.0
import type { Between } from '../../../lib/bisect/bisection.ts';
import type { Observation } from '../../../lib/bisect/observation.ts';

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
          resolve({ faults, present: ['mailbox: a, b'], tookMs: 1 });
        });
      },
    }),
  };
  return { between, ran };
}
