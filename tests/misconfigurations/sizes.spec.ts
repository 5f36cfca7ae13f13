// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { sizes } from './table/sizes.ts';

for (const { title, needs, run } of casesOf(sizes))
  misconfiguredTest(needs)(title, async ({ attempt }) => {
    await run(attempt);
  });
