// SPDX-License-Identifier: Apache-2.0
// Which frames Xen really gave to each domain, read from the live stage-2 tables.
import { expect, KiB, MiB, PAGE, xenTest } from '#crosspage';

const needs = { requires: ['stage2-introspection'] } as const;

const sizes = [
  { name: 'one page', size: PAGE, hostAddress: 0x7000_0000n },
  { name: '17 pages off a 2 MiB boundary', size: 17 * PAGE, hostAddress: 0x7000_3000n },
  { name: '2 MiB as one block', size: MiB(2), hostAddress: 0x7000_0000n },
  { name: '515 pages across a 2 MiB boundary', size: 515 * PAGE, hostAddress: 0x701f_f000n },
] as const;

for (const { name, size, hostAddress } of sizes) {
  const test = xenTest(
    {
      sharedMemory: { region: { size, hostAddress } },
      domains: {
        owner: { probe: 'memory', maps: { region: { role: 'owner' } } },
        borrower: { probe: 'memory', maps: { region: { role: 'borrower' } } },
        second: { probe: 'memory', maps: { region: { role: 'borrower' } } },
      },
    },
    needs,
  );

  test(`${name}: every page of every domain is the frame that was asked for`, async ({
    owner,
    borrower,
    second,
  }) => {
    await expect(owner.page('region')).toBeMappedAs({ hostAddress });
    await expect(borrower.page('region')).toShareFramesWith(owner.page('region'));
    await expect(second.page('region')).toShareFramesWith(owner.page('region'));
  });
}

const roleless = xenTest(
  {
    sharedMemory: { region: { size: KiB(64), hostAddress: 0x7000_0000n } },
    domains: {
      left: { probe: 'memory', maps: { region: {} } },
      right: { probe: 'memory', maps: { region: {} } },
    },
  },
  needs,
);

roleless(
  'without roles both domains have the frames that were asked for',
  async ({ left, right }) => {
    await expect(left.page('region')).toBeMappedAs({ hostAddress: 0x7000_0000n });
    await expect(right.page('region')).toShareFramesWith(left.page('region'));
  },
);

const heap = xenTest(
  {
    sharedMemory: {
      small: { size: KiB(16), hostAddress: 'xen' },
      large: { size: MiB(2), hostAddress: 'xen' },
    },
    domains: {
      owner: {
        probe: 'memory',
        maps: { small: { role: 'owner' }, large: { role: 'owner' } },
      },
      borrower: {
        probe: 'memory',
        maps: { small: { role: 'borrower' }, large: { role: 'borrower' } },
      },
    },
  },
  needs,
);

heap(
  'frames of Xen’s choice are the same for both, and of each region its own',
  async ({ owner, borrower }) => {
    await expect(borrower.page('small')).toShareFramesWith(owner.page('small'));
    await expect(borrower.page('large')).toShareFramesWith(owner.page('large'));
    await expect(owner.page('large').part(0, KiB(16))).not.toShareFramesWith(
      borrower.page('small'),
    );
  },
);

const alias = xenTest(
  {
    sharedMemory: { region: { size: 3 * PAGE } },
    domains: {
      owner: { probe: 'memory', maps: { region: [{ role: 'owner' }] } },
      borrower: {
        probe: 'memory',
        maps: { region: [{ role: 'borrower' }, { role: 'borrower' }] },
      },
    },
  },
  needs,
);

alias(
  'both mappings of a region in one domain are the same frames',
  async ({ owner, borrower }) => {
    await expect(borrower.page('region', 1)).toShareFramesWith(borrower.page('region', 0));
    await expect(borrower.page('region', 1)).toShareFramesWith(owner.page('region'));
  },
);

const above = xenTest(
  {
    machine: { memory: MiB(4096) },
    sharedMemory: { region: { size: KiB(16), hostAddress: 0x1_2000_0000n } },
    domains: {
      owner: {
        probe: 'memory',
        maps: { region: { role: 'owner', guestAddress: 0x3_0000_0000n } },
      },
      borrower: {
        probe: 'memory',
        maps: { region: { role: 'borrower', guestAddress: 0x3_0000_0000n } },
      },
    },
  },
  needs,
);

above(
  'above 4 GiB, for Xen and for the guests, the frames are those asked for',
  async ({ owner, borrower }) => {
    await expect(owner.page('region')).toBeMappedAs({ hostAddress: 0x1_2000_0000n });
    await expect(borrower.page('region')).toShareFramesWith(owner.page('region'));
  },
);
