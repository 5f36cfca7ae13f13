// SPDX-License-Identifier: Apache-2.0
// One hermetic test, many times: what `npm run bench` times. Repetitions by --repeat-each would
// each start a worker of their own.
import { addressPattern, expect, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

const count = Number(process.env['CROSSPAGE_BENCH_TESTS'] ?? '20');

for (let round = 1; round <= count; round++)
  test(`round ${round}: the borrower reads every word the owner wrote`, async ({
    owner,
    borrower,
  }) => {
    await owner.page('mailbox').write(addressPattern());

    await expect(borrower.page('mailbox')).toHold(addressPattern());
  });
