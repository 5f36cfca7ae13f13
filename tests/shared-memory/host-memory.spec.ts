// SPDX-License-Identifier: Apache-2.0
// What the host sees of the machine's memory: whether a region is where it was asked for. Two
// domains that agree on a wrong place would share it as well as the right one.
import {
  addressPattern,
  constantPattern,
  expect,
  MiB,
  PAGE,
  type Pattern,
  type System,
  wordAt,
  xenTest,
} from '#crosspage';

function words(system: System, address: bigint, count: number): bigint[] {
  const bytes = system.machine.memory?.read(address, 8 * count);
  return Array.from({ length: count }, (_, index) => bytes?.readBigUInt64LE(8 * index) ?? -1n);
}

function expectedWords(pattern: Pattern, offset: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => wordAt(pattern, offset + 8 * index));
}

const regions = [
  { title: '3 pages', size: 3 * PAGE, hostAddress: 0x6000_5000n },
  { title: '2 MiB as one block', size: MiB(2), hostAddress: 0x6020_0000n },
  { title: '2 MiB off a 2 MiB boundary', size: MiB(2), hostAddress: 0x6010_0000n },
] as const;

for (const { title, size, hostAddress } of regions) {
  const test = xenTest(
    {
      sharedMemory: { area: { size, hostAddress } },
      domains: {
        owner: { probe: 'memory', maps: { area: { role: 'owner' } } },
        borrower: { probe: 'memory', maps: { area: { role: 'borrower' } } },
      },
    },
    { requires: ['physical-memory'] },
  );

  test(`${title}: what the domains write lies at the host address that was asked for`, async ({
    system,
    owner,
    borrower,
  }) => {
    for (const domain of [owner, borrower]) {
      const pattern = addressPattern(domain.domid);
      await domain.page('area').write(pattern);

      for (const offset of [0, PAGE, size - PAGE])
        expect(words(system, hostAddress + BigInt(offset), PAGE / 8)).toEqual(
          expectedWords(pattern, offset, PAGE / 8),
        );
    }
  });
}

const placed = xenTest(
  {
    sharedMemory: { mailbox: { size: PAGE } },
    domains: {
      owner: {
        probe: 'memory',
        memory: MiB(16),
        staticMemory: 0x6800_0000n,
        maps: { mailbox: { role: 'owner' } },
      },
      borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
    },
  },
  { requires: ['physical-memory'] },
);

placed(
  'a domain’s static memory is the host memory that was asked for',
  async ({ system, owner }) => {
    const offset = MiB(12);
    await owner.at(0x4000_0000n + BigInt(offset)).write(constantPattern(0x5747_1c0n));

    expect(words(system, 0x6800_0000n + BigInt(offset), PAGE / 8)).toEqual(
      expectedWords(constantPattern(0x5747_1c0n), 0, PAGE / 8),
    );
  },
);
