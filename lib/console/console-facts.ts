// SPDX-License-Identifier: Apache-2.0
import type { Console } from './console.ts';

const shown = 80;

function told(count: number, first: string): string {
  const cut = first.length > shown ? `${first.slice(0, shown)}…` : first;
  return count === 1 ? cut : `${cut} (the first of ${count})`;
}

/**
 * What is to be seen in the report though nothing failed by it, as facts: `console-warning`, a line
 * by which a program says that it lost input or is not content; `line-damage`, what came otherwise
 * than it was said and was asked for again. `others` are the machine's further consoles, by name.
 */
export function consoleFacts(
  { warnings, damage }: Console,
  others: ReadonlyMap<string, Console> = new Map(),
): Record<string, string> {
  const further = [...others].flatMap(([name, console]) =>
    console.warnings.map(({ number, text }) => `${name}, line ${number}: ${text}`),
  );
  const all = [...warnings.map(({ number, text }) => `line ${number}: ${text}`), ...further];
  const [warning] = all;
  const [damaged] = damage;
  return {
    ...(warning !== undefined && { 'console-warning': told(all.length, warning) }),
    ...(damaged !== undefined && { 'line-damage': told(damage.length, damaged) }),
  };
}
