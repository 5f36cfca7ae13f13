// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { heap } from './table/heap.ts';

const test = misconfiguredTest();

for (const { title, run } of casesOf(heap))
  test(title, async ({ attempt }) => {
    await run(attempt);
  });
