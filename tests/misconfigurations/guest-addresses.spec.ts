// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { guestAddresses } from './table/guest-addresses.ts';

const test = misconfiguredTest();

for (const { title, run } of casesOf(guestAddresses))
  test(title, async ({ attempt }) => {
    await run(attempt);
  });
