// SPDX-License-Identifier: Apache-2.0
/** Facts as values: gathering them from annotations, and putting those of many tests together. */
import { factKeyOf, factKeys } from './annotations.ts';
import type { FactValues } from './model.ts';

interface Annotation {
  readonly type: string;
  readonly description?: string | undefined;
}

/** Distinct values by key, in the order in which they come. */
class FactTable {
  readonly #table = new Map<string, Set<string>>();

  add(key: string, values: Iterable<string>): void {
    const known = this.#table.get(key) ?? new Set();
    for (const value of values) known.add(value);
    this.#table.set(key, known);
  }

  get values(): FactValues {
    return Object.fromEntries([...this.#table].map(([key, values]) => [key, [...values]]));
  }
}

/** The facts among annotations. */
export function factsOf(annotations: readonly Annotation[]): FactValues {
  const table = new FactTable();
  for (const { type, description } of annotations) {
    const key = factKeyOf(type);
    if (key !== undefined) table.add(key, [description ?? '']);
  }
  return table.values;
}

const statements: readonly string[] = [
  factKeys.proved,
  factKeys.requires,
  factKeys.missing,
  factKeys.notAsPlanned,
  factKeys.mapped,
  factKeys.records,
  factKeys.nearBudget,
  factKeys.consoleWarning,
  factKeys.lineDamage,
  factKeys.notLeft,
];

/** Whether a fact is about one test alone: what it proved or needs, and what was measured in it. */
function isOwn(key: string): boolean {
  return statements.includes(key) || key.endsWith('-ms');
}

/** What tests ran on: the distinct values of the facts that are not about one test alone. */
export function sharedFacts(tests: readonly { readonly properties: FactValues }[]): FactValues {
  const table = new FactTable();
  for (const { properties } of tests)
    for (const [key, values] of Object.entries(properties)) if (!isOwn(key)) table.add(key, values);
  return table.values;
}

/** The words of a fact that lists names, such as capabilities. */
export function wordsOf(facts: FactValues, key: string): string[] {
  return (facts[key] ?? []).flatMap((value) => value.split(/[\s,]+/)).filter((word) => word !== '');
}

/** A fact's values in one line; undefined when there are none. */
export function joined(facts: FactValues, key: string): string | undefined {
  return facts[key]?.join(', ');
}
