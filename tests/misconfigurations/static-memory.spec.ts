// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { staticMemory } from './table/static-memory.ts';

const test = misconfiguredTest();

for (const { title, run } of casesOf(staticMemory))
  test(title, async ({ attempt }) => {
    await run(attempt);
  });
