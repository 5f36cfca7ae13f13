// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { roles } from './table/roles.ts';

for (const { title, needs, run } of casesOf(roles))
  misconfiguredTest(needs)(title, async ({ attempt }) => {
    await run(attempt);
  });
