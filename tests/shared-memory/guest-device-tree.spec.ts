// SPDX-License-Identifier: Apache-2.0
import { describeMemory, expect, KiB, MiB, PAGE, type Page, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { first: { size: PAGE, id: 'an-id' }, second: { size: KiB(64) } },
  domains: {
    owner: { probe: 'memory', maps: { first: { role: 'owner' }, second: {} } },
    borrower: { probe: 'memory', maps: { second: {} } },
  },
});

test('the guest’s device tree has each region in /memory too, from Xen 4.19 on', async ({
  system,
  owner,
  borrower,
}) => {
  const ram = { guestAddress: 0x4000_0000n, size: MiB(32) };
  const has = ({ guestAddress, size }: Page): { guestAddress: bigint; size: number }[] =>
    system.xen.minor >= 19 ? [{ guestAddress, size }] : [];

  expect(describeMemory(await owner.deviceTree())).toEqual([
    ram,
    ...has(owner.page('first')),
    ...has(owner.page('second')),
  ]);
  expect(describeMemory(await borrower.deviceTree())).toEqual([
    ram,
    ...has(borrower.page('second')),
  ]);
});
