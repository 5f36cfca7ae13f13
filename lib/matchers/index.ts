// SPDX-License-Identifier: Apache-2.0
import { expect as playwrightExpect } from '@playwright/test';
import { toAbortAt } from './to-abort-at.ts';
import { toComeOutAs } from './to-come-out-as.ts';
import { toEventuallyHold } from './to-eventually-hold.ts';
import { toHold } from './to-hold.ts';
import { toReach } from './to-reach.ts';

/** Playwright's `expect` with the matchers for pages, domains and boots. */
export const expect = playwrightExpect.extend({
  /** {@link toAbortAt} */
  toAbortAt,
  /** {@link toComeOutAs} */
  toComeOutAs,
  /** {@link toEventuallyHold} */
  toEventuallyHold,
  /** {@link toHold} */
  toHold,
  /** {@link toReach} */
  toReach,
});
