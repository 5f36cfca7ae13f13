// SPDX-License-Identifier: Apache-2.0
// What is found without a boot agrees with what boots show: the systems and the mistakes here are
// those that tests/shared-memory and tests/misconfigurations boot.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { formatFindings } from '../../../lib/lint/format.ts';
import { type RuleName, rules, type RuleText } from '../../../lib/lint/rules.ts';
import { configurations } from '../../shared-memory/configurations.ts';
import { tables } from './agreement-tables.ts';
import { lintSystem, targetNamed } from './generated.ts';
import { rulesOfMistakes, withoutRule } from './rules-of-mistakes.ts';

for (const { title, spec } of configurations) {
  test(`nothing is wrong with what works: ${title}`, () => {
    expect(formatFindings(lintSystem(spec, targetNamed('4.20')), 'text')).toBe('');
  });
}

/** What it depends on that a system boots of which a rule warns. */
const reasonOf = (rule: RuleName): string | undefined => (rules[rule] as RuleText).depends;

const mistakes = Object.values(tables).flatMap((rows) => rows.map(({ mistake }) => mistake));

test('all tables of mistakes are held against the rules', () => {
  const directory = join(import.meta.dirname, '../../misconfigurations/table');
  expect(readdirSync(directory)).toHaveLength(Object.keys(tables).length);
});

test('every mistake that is booted has its rule, or a reason why it has none', () => {
  const known = [...Object.keys(rulesOfMistakes), ...Object.keys(withoutRule)];
  expect(known.toSorted()).toEqual([...new Set(mistakes)].toSorted());
});

for (const [table, rows] of Object.entries(tables)) {
  for (const { mistake, spec, tampering, expected } of rows) {
    for (const version of ['4.17', '4.20'] as const) {
      const byBuild = new Map(
        [expected[version] ?? []].flat().map((one) => [one.build ?? 'usual', one] as const),
      );
      for (const [build, { kind }] of byBuild) {
        test(`${version} ${build}: ${table}: ${mistake}`, () => {
          const usual = targetNamed(version);
          const target = build === 'stock' ? { ...usual, capabilities: new Set([]) } : usual;
          const found = lintSystem(spec, target, tampering);
          const wanted = rulesOfMistakes[mistake] ?? [];
          const rules = 'at' in wanted ? wanted : wanted[version];
          expect([...new Set(found.map(({ rule }) => rule))].toSorted()).toEqual(rules);
          const isError = found.some(({ severity }) => severity === 'error');
          const mayWarn = kind === 'up' || found.some(({ rule }) => reasonOf(rule) !== undefined);
          expect(isError || mayWarn, `it ends in ${kind}, and no error is found`).toBe(true);
        });
      }
    }
  }
}
