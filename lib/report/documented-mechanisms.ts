// SPDX-License-Identifier: Apache-2.0
/** The table of mechanisms in the documentation. */
import { MisuseError } from '../support/errors.ts';
import { markdownOf } from './mechanism-table.ts';
import type { MappingResult } from './model.ts';

/** The page that has the table, and the measurements that are in it, from the project's root. */
export const documented = {
  page: 'tests/stage2/README.md',
  data: 'lib/report/measured-mechanisms.json',
} as const;

const begin = '<!-- Written by `npx crosspage mechanisms --write`: do not edit from here. -->';
const end = '<!-- To here. -->';

/**
 * The page with its table made anew.
 * @throws MisuseError when the page has no place for it.
 */
export function documentedWith(page: string, results: readonly MappingResult[]): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from)
    throw new MisuseError({
      who: documented.page,
      what: 'has no place for the table',
      remedy: `put these lines there again: ${begin} ${end}`,
    });
  return `${page.slice(0, from)}${begin}\n\n${markdownOf(results)}\n${page.slice(to)}`;
}
