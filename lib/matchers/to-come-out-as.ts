// SPDX-License-Identifier: Apache-2.0
import type { ExpectMatcherState, MatcherReturnType } from '@playwright/test';
import {
  describeExpected,
  type ExpectedOutcome,
  type JudgedBoot,
  outcomeFaults,
} from '../xen/boot-outcome.ts';
import { detail } from './hold-message.ts';

const shownLines = 12;

/** A boot came out as expected: the same kind, the same last words, the same lines before. */
export function toComeOutAs(
  this: ExpectMatcherState,
  outcome: JudgedBoot & { readonly log: string },
  expected: ExpectedOutcome,
): MatcherReturnType {
  const faults = outcomeFaults(outcome, expected);
  const call = `expect(boot)${this.isNot ? '.not' : ''}.toComeOutAs(${expected.kind})`;
  return {
    name: 'toComeOutAs',
    pass: faults.length === 0,
    message: () =>
      [
        `${call}: ${faults.length === 0 ? 'it did' : faults.join('; ')}`,
        detail([
          ['expected', describeExpected(expected)],
          ...outcome.console
            .slice(-shownLines)
            .map((line, index) => [index === 0 ? 'last lines' : '', line] as const),
          ['console', outcome.log],
        ]),
      ].join('\n'),
  };
}
