// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, GiB, KiB, MiB, noisePattern, PAGE, xenTest } from '#crosspage';

const regions = [
  { title: '4 KiB', region: { size: PAGE } },
  { title: '64 KiB', region: { size: KiB(64) } },
  { title: '2 MiB, which Xen maps as one block', region: { size: MiB(2) } },
  {
    title: '17 pages that start off a 2 MiB boundary',
    region: { size: 17 * PAGE, hostAddress: 0x6010_3000n },
  },
  {
    title: '515 pages across a 2 MiB boundary',
    region: { size: 515 * PAGE, hostAddress: 0x601f_d000n },
  },
  { title: '4 KiB of Xen’s choice', region: { size: PAGE, hostAddress: 'xen' } },
  { title: '2 MiB of Xen’s choice', region: { size: MiB(2), hostAddress: 'xen' } },
] as const;

for (const { title, region } of regions) {
  const test = xenTest({
    sharedMemory: { area: region },
    domains: {
      owner: { probe: 'memory', maps: { area: { role: 'owner' } } },
      borrower: { probe: 'memory', maps: { area: { role: 'borrower' } } },
    },
  });

  test(`${title}: every word arrives in both directions`, async ({ owner, borrower }) => {
    await owner.page('area').write(addressPattern());
    await expect(borrower.page('area')).toHold(addressPattern());

    await borrower.page('area').write(noisePattern());
    await expect(owner.page('area')).toHold(noisePattern());
  });

  test(`${title}: the first and last word of each page are shared`, async ({ owner, borrower }) => {
    const mine = owner.page('area');
    const theirs = borrower.page('area');
    const step = Math.max(1, Math.floor(mine.size / PAGE / 8));
    await mine.write(addressPattern(1));

    for (let page = 0; page < mine.size / PAGE; page += step) {
      for (const offset of [page * PAGE, page * PAGE + PAGE - 8]) {
        await theirs.store(offset, 0xfeed_0000_0000_0000n + BigInt(offset));
        expect(await mine.load(offset)).toBe(0xfeed_0000_0000_0000n + BigInt(offset));
      }
    }
  });
}

const high = xenTest({
  machine: { memory: GiB(6) },
  sharedMemory: { area: { size: KiB(64), hostAddress: 0x1_4000_0000n } },
  domains: {
    owner: { probe: 'memory', maps: { area: { role: 'owner', guestAddress: 0x3_0000_0000n } } },
    borrower: {
      probe: 'memory',
      maps: { area: { role: 'borrower', guestAddress: 0x3_4000_0000n } },
    },
  },
});

high(
  'a region above 4 GiB, for Xen and for both guests, is shared',
  async ({ owner, borrower }) => {
    await owner.page('area').write(addressPattern());
    await expect(borrower.page('area')).toHold(addressPattern());

    await borrower.page('area').write(noisePattern());
    await expect(owner.page('area')).toHold(noisePattern());
  },
);
