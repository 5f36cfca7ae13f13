// SPDX-License-Identifier: Apache-2.0
import type { ExpectMatcherState, MatcherReturnType } from '@playwright/test';
import { describeSeen, mismatchOf, type SeenAttributes, seenThrough } from '../memory/mismatch.ts';
import type { Stage2Page } from '../memory/stage2-map.ts';
import type { MappedMemory } from '../probe/mapped-memory.ts';
import { namePage } from '../probe/page-facts.ts';
import { detail } from './hold-message.ts';
import { checkSameSize, mappingRows, namePlace } from './stage2-message.ts';

type Seen = SeenAttributes | undefined;

function seenBy(memory: MappedMemory, pages: readonly (Stage2Page | undefined)[]): Seen[] {
  return pages.map((page) => page && seenThrough(memory.facts.memory, page.entry));
}

/** What does not match of one page: one that only one party has matches nothing. */
function mismatch(ours: Seen, theirs: Seen): string | undefined {
  if (ours === undefined || theirs === undefined) return 'not both have the page';
  return mismatchOf(ours, theirs);
}

const describe = (seen: Seen): string => (seen === undefined ? 'nothing' : describeSeen(seen));

/**
 * Page by page, both parties access it with the same attributes, by both stages together: memory
 * type, cacheability and shareability. Where they do not, the architecture promises no coherency
 * (Arm ARM B2.8), also where data gets through. What each may do, and p2m types, may differ. Needs
 * `stage2-introspection`.
 * @throws MisuseError when the two are not of one size.
 */
export async function toMatchAttributesOf(
  this: ExpectMatcherState,
  page: MappedMemory,
  other: MappedMemory,
): Promise<MatcherReturnType> {
  checkSameSize(page, other);
  const [ours, theirs] = [await page.stage2(), await other.stage2()];
  const [mine, his] = [seenBy(page, ours), seenBy(other, theirs)];
  const mismatches = mine.map((seen, index) => mismatch(seen, his[index]));
  const wrong = mismatches.filter((text) => text !== undefined).length;
  const first = Math.max(
    mismatches.findIndex((text) => text !== undefined),
    0,
  );
  const pass = wrong === 0;
  const verdict = pass
    ? `the parties map all ${ours.length} pages with ${describe(mine[0])}`
    : `the parties map the page with different attributes: ` +
      `${page.facts.domain} ${describe(mine[first])}; ${other.facts.domain} ${describe(his[first])}`;
  const call = `expect(${namePage(page.facts)})${this.isNot ? '.not' : ''}.toMatchAttributesOf(${namePage(other.facts)})`;
  const others = wrong > 1 ? `; ${wrong} pages differ` : '';
  return {
    name: 'toMatchAttributesOf',
    pass,
    expected: his[first],
    actual: mine[first],
    message: () =>
      [
        `${call}: ${verdict}`,
        detail([
          ['first', pass ? undefined : `${namePlace(page, first, ours.length)}${others}`],
          ['differs', mismatches[first]],
          ...mappingRows(page, ours),
          ...mappingRows(other, theirs),
          ['console', page.where],
        ]),
      ].join('\n'),
  };
}
