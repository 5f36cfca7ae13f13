// SPDX-License-Identifier: Apache-2.0
import { addressPattern, constantPattern, expect, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});
const poison = constantPattern(0xdead_c0de_dead_c0den);

test('well: the first passes', async ({ owner, borrower }) => {
  await owner.page('mailbox').write(addressPattern(1));

  await expect(borrower.page('mailbox')).toHold(addressPattern(1));
});

test('well: the second fails by what it asserts', async ({ owner, borrower }) => {
  await owner.page('mailbox').write(addressPattern(1));

  await expect(borrower.page('mailbox')).toHold(addressPattern(2));
});

test('well: the third finds the page poisoned', async ({ borrower }) => {
  await expect(borrower.page('mailbox')).toHold(poison);
});

test('well: the fourth passes', async ({ owner, borrower }) => {
  await borrower.page('mailbox').write(addressPattern(3));

  await expect(owner.page('mailbox')).toHold(addressPattern(3));
});
