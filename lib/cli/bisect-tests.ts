// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';
import { findSharings } from '../trial/sharings.ts';
import type { Subject } from '../trial/subject.ts';

/** The system as a whole, as a test that can be asked for. */
const systemTest = 'boot';

/** Sharings and event channels, by their ids. @throws MisuseError for one that none of the systems has. */
export function testsOf(
  wanted: readonly string[],
  ...systems: readonly Subject[]
): readonly string[] {
  const ids = systems.flatMap((system) => {
    const { sharings, channels } = findSharings(system);
    return [...sharings, ...channels].map(({ id }) => id);
  });
  const there = [...new Set([...ids, systemTest])];
  const unknown = wanted.find((name) => !there.includes(name));
  if (unknown === undefined) return wanted;
  throw new MisuseError({
    who: `--test ${unknown}`,
    what: 'is no test: there is no sharing and no event channel of that name',
    remedy: `there are: ${there.map((name) => (/\s/.test(name) ? `'${name}'` : name)).join(', ')}`,
  });
}
