// SPDX-License-Identifier: Apache-2.0
import { PAGE } from '../support/units.ts';
import { countText } from '../support/wording.ts';
import type { Finding } from './finding.ts';
import { wordAt } from './patterns.ts';

const mask32 = (1n << 32n) - 1n;

/** Whether one half of the word is as expected and the other is not. */
function isTorn(expected: bigint, observed: bigint): boolean {
  const low = (expected & mask32) === (observed & mask32);
  const high = expected >> 32n === observed >> 32n;
  return low !== high;
}

/**
 * The shape of a difference in words: whole lines point at caches, one page of many at a wrong
 * frame, single words at a race or a stray store.
 */
export function describeShape(finding: Finding): string {
  const { bad, words, badLines, wholeLines, badPages, mismatches, pattern } = finding;
  const pages = Math.max(1, Math.ceil((words * 8) / PAGE));
  if (bad === 0) return 'no difference';
  const parts: string[] = [];
  if (bad === words) parts.push('every word');
  else if (pages > 1 && badPages < pages && bad === badPages * (PAGE / 8))
    parts.push(`${badPages} whole of ${pages} pages`);
  else parts.push(`${countText(bad, 'word')} in ${badPages} of ${countText(pages, 'page')}`);
  if (bad !== words) {
    if (wholeLines === badLines) parts.push(countText(wholeLines, 'whole 64-byte line'));
    else parts.push(`${countText(badLines, '64-byte line')}, ${wholeLines} of them whole`);
  }
  const torn = mismatches.filter(({ offset, observed }) =>
    isTorn(wordAt(pattern, offset), observed),
  ).length;
  if (pattern.kind === 'noise' && torn > 0) parts.push(countText(torn, 'torn word'));
  return parts.join(', ');
}
