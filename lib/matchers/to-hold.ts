// SPDX-License-Identifier: Apache-2.0
import type { ExpectMatcherState, MatcherReturnType } from '@playwright/test';
import type { Page } from '../probe/page.ts';
import type { Pattern } from '../probe/patterns.ts';
import { holdMessage } from './hold-message.ts';

/**
 * The page holds the pattern: each 64-bit word is loaded once, in the guest, and compared. Never
 * retries, because a second reading would hide a stale line. See `toEventuallyHold`.
 */
export async function toHold(
  this: ExpectMatcherState,
  page: Page,
  pattern: Pattern,
): Promise<MatcherReturnType> {
  const finding = await page.check(pattern);
  return {
    name: 'toHold',
    pass: finding.bad === 0,
    expected: pattern,
    actual: finding.mismatches,
    message: () => holdMessage(finding, 'toHold', this.isNot),
  };
}
