// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { heap } from './table/heap.ts';

for (const { title, needs, run } of casesOf(heap))
  misconfiguredTest(needs)(title, async ({ attempt }) => {
    await run(attempt);
  });
