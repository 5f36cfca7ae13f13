// SPDX-License-Identifier: Apache-2.0
import { describeMemory, describeSharedRegions, expect, KiB, MiB, PAGE, xenTest } from '#crosspage';

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

test('the guest’s device tree has each region in /memory too, beside the domain’s RAM', async ({
  owner,
  borrower,
}) => {
  const ram = { guestAddress: 0x4000_0000n, size: MiB(32) };
  const [first, second] = [owner.page('first'), owner.page('second')];

  expect(describeMemory(await owner.deviceTree())).toEqual([
    ram,
    { guestAddress: first.guestAddress, size: PAGE },
    { guestAddress: second.guestAddress, size: KiB(64) },
  ]);
  expect(describeMemory(await borrower.deviceTree())).toEqual([
    ram,
    { guestAddress: borrower.page('second').guestAddress, size: KiB(64) },
  ]);
});
