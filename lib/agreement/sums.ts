// SPDX-License-Identifier: Apache-2.0
import { type RuleName, rules } from '../lint/rules.ts';
import type { Compared } from './agreement.ts';
import type { Agreement } from './judge.ts';

/** How often each came. */
export type Counts = Readonly<Record<Agreement, number>>;

/** A line of a table: a rule, or a mistake. */
export interface Sum {
  readonly name: string;
  /** Configurations in which it was found, or into which it was put. */
  readonly configurations: number;
  readonly counts: Counts;
}

const none: Counts = { right: 0, hit: 0, miss: 0, 'false-alarm': 0, quiet: 0, warned: 0 };

function sumOf(name: string, all: readonly Agreement[]): Sum {
  const counts = { ...none };
  for (const agreement of all) counts[agreement]++;
  return { name, configurations: all.length, counts };
}

/** What a right system is called among the mistakes. */
export const nothingWrong = '(nothing wrong)';

/** By what was put into them, in the order in which that came first. */
export function byMistake(all: readonly Compared[]): Sum[] {
  const names = [...new Set(all.map(({ result }) => result.mistake ?? nothingWrong))];
  return names.map((name) =>
    sumOf(
      name,
      all
        .filter(({ result }) => (result.mistake ?? nothingWrong) === name)
        .map(({ judged }) => judged.agreement),
    ),
  );
}

/** What came of a configuration as far as that rule is concerned; undefined where it found nothing. */
function ofRule(rule: RuleName, { judged, result }: Compared): Agreement | undefined {
  const { errors, warnings, unproved, agreement } = judged;
  const works = result.observation.faults.length === 0;
  if (errors.includes(rule)) {
    if (!works) return 'hit';
    return unproved.includes(rule) ? 'false-alarm' : 'quiet';
  }
  if (!warnings.includes(rule)) return undefined;
  if (works) return 'right';
  return agreement === 'hit' ? undefined : agreement;
}

/** By the rules that found something, in the order of the rules. */
export function byRule(all: readonly Compared[]): Sum[] {
  return (Object.keys(rules) as RuleName[]).flatMap((rule) => {
    const found = all.flatMap((one) => ofRule(rule, one) ?? []);
    return found.length === 0 ? [] : [sumOf(rule, found)];
  });
}

/** All together. */
export const total = (all: readonly Compared[]): Sum =>
  sumOf(
    'all',
    all.map(({ judged }) => judged.agreement),
  );
