// SPDX-License-Identifier: Apache-2.0

/** Those of `keys` that the other list has too, in their order. */
export function inBoth(keys: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return keys.filter((key) => known.has(key));
}

/** Whether what both lists have stands in one order. */
export function sameOrder(a: readonly string[], b: readonly string[]): boolean {
  return inBoth(a, b).join('\0') === inBoth(b, a).join('\0');
}

/** The first list, with what only the second has behind what stands before it there. */
export function interleaved(first: readonly string[], second: readonly string[]): string[] {
  const all = [...first];
  const known = new Set(first);
  let behind: string | undefined;
  for (const key of second) {
    if (!known.has(key)) all.splice(behind === undefined ? 0 : all.indexOf(behind) + 1, 0, key);
    behind = key;
  }
  return all;
}
