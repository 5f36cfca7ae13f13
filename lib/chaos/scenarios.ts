// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';
import { boardScenarios } from './board-scenarios.ts';
import { hostScenarios } from './host-scenarios.ts';
import { lineScenarios } from './line-scenarios.ts';
import type { Scenario } from './scenario.ts';

/** Every fault of the virtual lab, each with what has to become of it. */
export const scenarios: readonly Scenario[] = [
  ...hostScenarios,
  ...lineScenarios,
  ...boardScenarios,
];

/**
 * The scenarios of these names, or whose names begin so; all without names.
 * @throws MisuseError for a name that none has.
 */
export function scenariosOf(names: readonly string[]): readonly Scenario[] {
  for (const wanted of names)
    if (!scenarios.some(({ name }) => name.startsWith(wanted)))
      throw new MisuseError({
        who: `--only ${wanted}`,
        what: 'no scenario has a name that begins so',
        remedy: 'run: npm run chaos -- --list',
      });
  if (names.length === 0) return scenarios;
  return scenarios.filter(({ name }) => names.some((wanted) => name.startsWith(wanted)));
}
