// SPDX-License-Identifier: Apache-2.0
// Host memory outside Xen's hands, which two domUs map by their partial device trees.
import { addressPattern, describeSram, expect, KiB, noisePattern, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sram: { bank: { size: KiB(64) } },
  domains: {
    left: { probe: 'memory', sram: { bank: {} } },
    right: { probe: 'memory', sram: { bank: {} } },
    third: { probe: 'memory' },
  },
});

test('each domU reads every word that the other wrote', async ({ left, right }) => {
  await left.page('bank').write(addressPattern());
  await expect(right.page('bank')).toHold(addressPattern());

  await right.page('bank').write(noisePattern());
  await expect(left.page('bank')).toHold(noisePattern());
});

test('a domU that does not map the bank takes a data abort at each of its pages', async ({
  left,
  third,
}) => {
  const { guestAddress, size, facts } = left.page('bank');
  for (const start of [guestAddress, facts.hostAddress ?? guestAddress])
    for (let offset = 0; offset < size; offset += PAGE) {
      await expect(third).toAbortAt(start + BigInt(offset), { by: 'load' });
      await expect(third).toAbortAt(start + BigInt(offset), { by: 'store' });
    }
});

test('what is before and after the bank is out of reach', async ({ left, right }) => {
  for (const domain of [left, right]) {
    const { guestAddress, size } = domain.page('bank');
    await expect(domain).toAbortAt(guestAddress - 8n);
    await expect(domain).toReach(guestAddress);
    await expect(domain).toReach(guestAddress + BigInt(size) - 8n);
    await expect(domain).toAbortAt(guestAddress + BigInt(size));
  }
});

test('the guest’s device tree has the bank, and nothing of how Xen was told of it', async ({
  left,
  third,
}) => {
  const { guestAddress, size } = left.page('bank');

  expect(describeSram(await left.deviceTree())).toEqual([
    {
      path: `/passthrough/sram@${guestAddress.toString(16)}`,
      guestAddress,
      size,
      enabled: true,
      properties: ['compatible', 'reg', '#address-cells', '#size-cells', 'ranges'],
    },
  ]);
  expect(describeSram(await third.deviceTree())).toEqual([]);
});

const device = xenTest(
  {
    sram: { bank: { size: KiB(8) } },
    domains: {
      left: { probe: 'memory', sram: { bank: { memory: 'normal-write-back' } } },
      right: { probe: 'memory', sram: { bank: { memory: 'normal-write-back' } } },
    },
  },
  { requires: ['device-alignment-fault'] },
);

device(
  'xen,reg makes it Device memory: an unaligned access takes a data abort, whatever stage 1 says',
  async ({ left, right }) => {
    const ownRam = 0x4100_0001n;
    for (const domain of [left, right]) {
      const { guestAddress } = domain.page('bank');
      await expect(domain).toReach(ownRam);
      await expect(domain).toReach(guestAddress);
      for (const offset of [1n, 4n, BigInt(PAGE) - 4n, BigInt(PAGE) + 7n]) {
        await expect(domain).toAbortAt(guestAddress + offset, { by: 'load' });
        await expect(domain).toAbortAt(guestAddress + offset, { by: 'store' });
      }
    }
  },
);
