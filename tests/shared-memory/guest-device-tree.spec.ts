// SPDX-License-Identifier: Apache-2.0
import { describeSharedRegions, expect, KiB, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { first: { size: PAGE, id: 'an-id' }, second: { size: KiB(64) } },
  domains: {
    owner: { probe: 'memory', maps: { first: { role: 'owner' }, second: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { second: { role: 'borrower' } } },
  },
});

test('the guest’s device tree names each region that it maps, and no other', async ({
  owner,
  borrower,
}) => {
  expect(describeSharedRegions(await owner.deviceTree())).toEqual([
    { id: 'an-id', guestAddress: owner.page('first').guestAddress, size: PAGE, offset: 0n },
    { id: 'second', guestAddress: owner.page('second').guestAddress, size: KiB(64), offset: 0n },
  ]);
  expect(describeSharedRegions(await borrower.deviceTree())).toEqual([
    { id: 'second', guestAddress: borrower.page('second').guestAddress, size: KiB(64), offset: 0n },
  ]);
});
