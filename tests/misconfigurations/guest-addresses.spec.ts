// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { guestAddresses } from './table/guest-addresses.ts';

for (const { title, needs, run } of casesOf(guestAddresses))
  misconfiguredTest(needs)(title, async ({ attempt }) => {
    await run(attempt);
  });
