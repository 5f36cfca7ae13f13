// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

test('dead: the first ends a domain, and fails', async ({ owner, borrower }) => {
  await owner.page('mailbox').write(addressPattern(1));
  await owner.crash();

  await expect(borrower.page('mailbox')).toHold(addressPattern(2));
});

test('dead: the second passes', async ({ owner, borrower }) => {
  await owner.page('mailbox').write(addressPattern(1));

  await expect(borrower.page('mailbox')).toHold(addressPattern(1));
});
