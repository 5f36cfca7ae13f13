// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { domainNodes } from './table/domain-nodes.ts';

for (const { title, needs, run } of casesOf(domainNodes))
  misconfiguredTest(needs)(title, async ({ attempt }) => {
    await run(attempt);
  });
