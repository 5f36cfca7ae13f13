// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { ids } from './table/ids.ts';

const test = misconfiguredTest();

for (const { title, run } of casesOf(ids))
  test(title, async ({ attempt }) => {
    await run(attempt);
  });
