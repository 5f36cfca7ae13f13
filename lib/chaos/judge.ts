// SPDX-License-Identifier: Apache-2.0
import type { Observed } from './run-scenario.ts';
import type { Expected } from './scenario.ts';

const listed = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

function range(attempts: Expected['attempts'] = 1): readonly [number, number] {
  return typeof attempts === 'number' ? [attempts, attempts] : attempts;
}

const rangeText = ([least, most]: readonly [number, number]): string =>
  least === most ? String(least) : `${least} to ${most}`;

/** What of an expectation was not met, one a line; empty when all was. */
export function judge(expected: Expected, seen: Observed): string[] {
  const wrong: string[] = [];
  const { outcomes, stage, says = [], health = 'good' } = expected;
  if (!outcomes.some((outcome) => outcome === seen.outcome))
    wrong.push(`came out as ${seen.outcome}`);
  if (seen.outcome !== 'passes') {
    if (stage !== undefined && !seen.text.includes(`in the stage ${stage} `))
      wrong.push(`does not say that it was in the stage ${stage}`);
    for (const pattern of says)
      if (!pattern.test(seen.text)) wrong.push(`does not say ${String(pattern)}`);
  }
  const [least, most] = range(expected.attempts);
  if (seen.attempts < least || seen.attempts > most)
    wrong.push(`took ${seen.attempts} attempts instead of ${rangeText([least, most])}`);
  if (!listed(health).includes(seen.health)) wrong.push(`left the board ${seen.health}`);
  if (seen.left !== undefined) wrong.push(seen.left);
  return wrong;
}

/** An expectation in a few words: `environment in load, 3 attempts, then unknown`. */
export function describe(expected: Expected): string {
  const { outcomes, stage, health = 'good' } = expected;
  const [least, most] = range(expected.attempts);
  return [
    outcomes.join(' or ') + (stage === undefined ? '' : ` in ${stage}`),
    ...(most === 1 ? [] : [`${rangeText([least, most])} attempts`]),
    `then ${listed(health).join(' or ')}`,
  ].join(', ');
}
