// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { ids } from './table/ids.ts';

for (const { title, needs, run } of casesOf(ids))
  misconfiguredTest(needs)(title, async ({ attempt }) => {
    await run(attempt);
  });
