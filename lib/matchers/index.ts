// SPDX-License-Identifier: Apache-2.0
import { expect as playwrightExpect } from '@playwright/test';
import { toAbortAt } from './to-abort-at.ts';
import { toBeMappedAs } from './to-be-mapped-as.ts';
import { toComeOutAs } from './to-come-out-as.ts';
import { toEventuallyHold } from './to-eventually-hold.ts';
import { toHold } from './to-hold.ts';
import { toIsolateDomains } from './to-isolate-domains.ts';
import { toMatchAttributesOf } from './to-match-attributes-of.ts';
import { toReach } from './to-reach.ts';
import { toShareFramesWith } from './to-share-frames-with.ts';

/** Playwright's `expect` with the matchers for pages, domains and boots. */
export const expect = playwrightExpect.extend({
  /** {@link toAbortAt} */
  toAbortAt,
  /** {@link toBeMappedAs} */
  toBeMappedAs,
  /** {@link toComeOutAs} */
  toComeOutAs,
  /** {@link toEventuallyHold} */
  toEventuallyHold,
  /** {@link toHold} */
  toHold,
  /** {@link toIsolateDomains} */
  toIsolateDomains,
  /** {@link toMatchAttributesOf} */
  toMatchAttributesOf,
  /** {@link toReach} */
  toReach,
  /** {@link toShareFramesWith} */
  toShareFramesWith,
});
