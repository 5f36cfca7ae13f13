// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { addresses } from './table/addresses.ts';

for (const { title, needs, run } of casesOf(addresses))
  misconfiguredTest(needs)(title, async ({ attempt }) => {
    await run(attempt);
  });
