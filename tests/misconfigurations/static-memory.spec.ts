// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { staticMemory } from './table/static-memory.ts';

for (const { title, needs, run } of casesOf(staticMemory))
  misconfiguredTest(needs)(title, async ({ attempt }) => {
    await run(attempt);
  });
