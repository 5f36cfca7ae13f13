// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { roles } from './table/roles.ts';

const test = misconfiguredTest();

for (const { title, run } of casesOf(roles))
  test(title, async ({ attempt }) => {
    await run(attempt);
  });
