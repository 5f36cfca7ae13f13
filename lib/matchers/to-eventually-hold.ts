// SPDX-License-Identifier: Apache-2.0
import type { ExpectMatcherState, MatcherReturnType } from '@playwright/test';
import type { Page } from '../probe/page.ts';
import type { Pattern } from '../probe/patterns.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { holdMessage } from './hold-message.ts';

/** How long the page may take. */
export interface Patience {
  /** Milliseconds. Default 1000. */
  readonly within?: number;
}

/**
 * The page comes to hold the pattern: reads it again and again until it does. Proves that the
 * words arrive some time; whether they were stale before is for `toHold` to say.
 */
export async function toEventuallyHold(
  this: ExpectMatcherState,
  page: Page,
  pattern: Pattern,
  { within = 1000 }: Patience = {},
): Promise<MatcherReturnType> {
  const deadline = Deadline.after(within);
  let readings = 1;
  let finding = await page.check(pattern);
  while (finding.bad > 0 !== this.isNot && !deadline.passed) {
    await pause(1);
    finding = await page.check(pattern);
    readings++;
  }
  return {
    name: 'toEventuallyHold',
    pass: finding.bad === 0,
    expected: pattern,
    actual: finding.mismatches,
    message: () =>
      `${holdMessage(finding, 'toEventuallyHold', this.isNot)}\n  readings  ${readings} within ${within} ms`,
  };
}
