// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, PAGE, xenTest } from '#crosspage';

/** Ids that begin alike. */
const akin = xenTest({
  sharedMemory: { mail: { size: PAGE }, mailbox: { size: PAGE }, mailboxes: { size: PAGE } },
  domains: {
    left: {
      probe: 'memory',
      maps: { mail: { role: 'owner' }, mailbox: { role: 'owner' }, mailboxes: { role: 'owner' } },
    },
    right: {
      probe: 'memory',
      maps: {
        mail: { role: 'borrower' },
        mailbox: { role: 'borrower' },
        mailboxes: { role: 'borrower' },
      },
    },
  },
});

akin('regions whose ids begin alike are told apart', async ({ left, right }) => {
  const names = ['mail', 'mailbox', 'mailboxes'] as const;
  for (const [index, name] of names.entries()) await left.page(name).write(addressPattern(index));

  for (const [index, name] of names.entries())
    await expect(right.page(name)).toHold(addressPattern(index));
});
