// SPDX-License-Identifier: Apache-2.0
// What is said of the changes that are in no cause.
import { expect, test } from '@playwright/test';
import { type BisectReport, othersRow } from '../../../lib/bisect/format.ts';

/** Of so many changes the first is guilty, and the others together are `others`. */
function reportOf(count: number, others: 'good' | 'untried'): BisectReport {
  const result = {
    causes: [{ changes: [0] }],
    others,
    otherFaults: [],
    innocence: { tally: { failed: 0, passed: 3 }, confidence: 0.99 },
  };
  return { changes: Array.from({ length: count }), result } as unknown as BisectReport;
}

test('one other change is told as one', () => {
  expect(othersRow(reportOf(2, 'good'))).toMatch(/^the other change passed .*: it is innocent, /);
  expect(othersRow(reportOf(3, 'good'))).toMatch(
    /^the other 2 changes, all .*: each is innocent, /,
  );
  expect(othersRow(reportOf(2, 'untried'))).toMatch(/^of the other change nothing is known/);
});
