// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, KiB, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { area: { size: KiB(16) } },
  domains: {
    owner: { probe: 'memory', maps: { area: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { area: { role: 'borrower' } } },
    stranger: { probe: 'memory' },
  },
});

test('a domain that shares nothing takes a data abort at every page of the region', async ({
  owner,
  stranger,
}) => {
  const { guestAddress, size } = owner.page('area');

  for (let offset = 0; offset < size; offset += PAGE) {
    await expect(stranger).toAbortAt(guestAddress + BigInt(offset), { by: 'load' });
    await expect(stranger).toAbortAt(guestAddress + BigInt(offset), { by: 'store' });
  }
});

test('what a stranger tries to store does not arrive', async ({ owner, borrower, stranger }) => {
  await owner.page('area').write(addressPattern());

  await expect(stranger).toAbortAt(owner.page('area').guestAddress, { by: 'store' });

  await expect(borrower.page('area')).toHold(addressPattern());
});

test('a domain reaches its own memory and nothing between that and the region', async ({
  borrower,
}) => {
  await expect(borrower).toReach(0x4100_0000n);
  await expect(borrower).toAbortAt(0x4200_0000n);
  await expect(borrower).toAbortAt(borrower.page('area').guestAddress - BigInt(PAGE));
});
