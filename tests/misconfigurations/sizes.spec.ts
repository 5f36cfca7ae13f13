// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { sizes } from './table/sizes.ts';

const test = misconfiguredTest();

for (const { title, run } of casesOf(sizes))
  test(title, async ({ attempt }) => {
    await run(attempt);
  });
