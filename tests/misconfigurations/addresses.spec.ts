// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { addresses } from './table/addresses.ts';

const test = misconfiguredTest();

for (const { title, run } of casesOf(addresses))
  test(title, async ({ attempt }) => {
    await run(attempt);
  });
