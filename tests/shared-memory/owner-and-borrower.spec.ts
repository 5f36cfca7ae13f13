// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, noisePattern, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

test('the borrower reads every word the owner wrote', async ({ owner, borrower }) => {
  await owner.page('mailbox').write(addressPattern());

  await expect(borrower.page('mailbox')).toHold(addressPattern());
});

test('the owner reads every word the borrower wrote', async ({ owner, borrower }) => {
  await borrower.page('mailbox').write(noisePattern(7));

  await expect(owner.page('mailbox')).toHold(noisePattern(7));
});

for (const [which, offset] of [
  ['first', 0],
  ['middle', 0x7f8],
  ['last', PAGE - 8],
] as const)
  test(`the ${which} word, changed by one side, is the only one that changes for the other`, async ({
    owner,
    borrower,
  }) => {
    await owner.page('mailbox').write(addressPattern());
    await borrower.page('mailbox').store(offset, 0x1234_5678_9abc_def0n);

    const finding = await owner.page('mailbox').check(addressPattern());

    expect(finding.mismatches).toEqual([{ offset, observed: 0x1234_5678_9abc_def0n }]);
  });
