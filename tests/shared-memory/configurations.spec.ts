// SPDX-License-Identifier: Apache-2.0
// Every check of shared memory over every configuration. A boot serves several checks: each is a
// step of its test.
import { xenTest } from '#crosspage';
import * as checks from './checks.ts';
import { configurations } from './configurations.ts';

for (const { title, spec } of configurations) {
  const test = xenTest(spec);
  const inside = xenTest(spec, { requires: ['stage2-introspection'] });

  test(`${title}: every word, page and width arrives in every direction`, async ({ system }) => {
    // Hundreds of round trips: seconds, but not on a machine that has much else to do.
    test.setTimeout(180_000);
    await test.step('each domain writes every word, the others read it', () =>
      checks.everyWordArrives(system));
    await test.step('the first and the last word of every page', () =>
      checks.firstAndLastWordsArrive(system));
    await test.step('accesses of 1, 2, 4, 8 and 16 bytes', () => checks.everyWidthArrives(system));
  });

  test(`${title}: it ends where it should, and strangers abort`, async ({ system }) => {
    await test.step('the guests’ device trees agree with the specification', () =>
      checks.guestTreesAgree(system));
    await test.step('what lies beside it stays untouched', () =>
      checks.neighboursStayUntouched(system));
    await test.step('each mapping begins and ends where it should', () =>
      checks.mappingsEndWhereTheyShould(system));
    await test.step('a domain that does not share it aborts at every page', () =>
      checks.strangersAbort(system));
  });

  inside(`${title}: every frame is the one asked for, the same for all`, async ({ system }) => {
    await checks.framesAgree(system);
  });
}
