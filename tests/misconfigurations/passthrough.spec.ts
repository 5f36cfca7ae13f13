// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { passthrough } from './table/passthrough.ts';

const test = misconfiguredTest();

for (const { title, run } of casesOf(passthrough))
  test(title, async ({ attempt }) => {
    await run(attempt);
  });
