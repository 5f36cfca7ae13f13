// SPDX-License-Identifier: Apache-2.0
import { expect, KiB, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { area: { size: KiB(16) } },
  domains: {
    owner: { probe: 'memory', maps: { area: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { area: { role: 'borrower' } } },
  },
});

test('a domain reaches its own memory and nothing between that and the region', async ({
  borrower,
}) => {
  await expect(borrower).toReach(0x4100_0000n);
  await expect(borrower).toAbortAt(0x4200_0000n);
  await expect(borrower).toAbortAt(borrower.page('area').guestAddress - BigInt(PAGE));
});
