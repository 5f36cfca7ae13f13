// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { domainNodes } from './table/domain-nodes.ts';

const test = misconfiguredTest();

for (const { title, run } of casesOf(domainNodes))
  test(title, async ({ attempt }) => {
    await run(attempt);
  });
