// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';
import { sharingsOf } from '../trial/sharings.ts';
import type { Subject } from '../trial/subject.ts';
import type { HostConfiguration } from './host-configuration.ts';

/** The system as a whole, as a test that can be asked for. */
const systemTest = 'boot';

/** @throws MisuseError for a test that none of the configurations has. */
export function testsOf(
  wanted: readonly string[],
  ...configurations: readonly HostConfiguration[]
): readonly string[] {
  return testsOfSystems(wanted, ...configurations.map(({ host }) => host));
}

/** @throws MisuseError for a test that none of the systems has. */
export function testsOfSystems(
  wanted: readonly string[],
  ...systems: readonly Subject[]
): readonly string[] {
  const ids = systems.flatMap((system) => sharingsOf(system).map(({ id }) => id));
  const there = [...new Set([...ids, systemTest])];
  const unknown = wanted.find((name) => !there.includes(name));
  if (unknown === undefined) return wanted;
  throw new MisuseError({
    who: `--test ${unknown}`,
    what: 'is no test: there is no sharing of that name',
    remedy: `there are: ${there.join(', ')}`,
  });
}
