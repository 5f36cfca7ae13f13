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
 * than it was said and was asked for again.
 */
export function consoleFacts({ warnings, damage }: Console): Record<string, string> {
  const [warning] = warnings;
  const [damaged] = damage;
  return {
    ...(warning && {
      'console-warning': told(warnings.length, `line ${warning.number}: ${warning.text}`),
    }),
    ...(damaged !== undefined && { 'line-damage': told(damage.length, damaged) }),
  };
}
