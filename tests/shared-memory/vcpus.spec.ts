// SPDX-License-Identifier: Apache-2.0
import { addressPattern, constantPattern, expect, KiB, xenTest } from '#crosspage';

const test = xenTest(
  {
    machine: { cpus: 4 },
    sharedMemory: { area: { size: KiB(16) } },
    domains: {
      owner: { probe: 'memory', vcpus: 2, maps: { area: { role: 'owner' } } },
      borrower: { probe: 'memory', vcpus: 2, maps: { area: { role: 'borrower' } } },
    },
  },
  { requires: ['concurrent-commands'] },
);

test('each vCPU of a domain sees what each vCPU of the other wrote', async ({
  owner,
  borrower,
}) => {
  await owner.start(1);
  await borrower.start(1);

  for (const writer of [0, 1])
    for (const reader of [0, 1]) {
      const pattern = addressPattern(0x10 * writer + reader);
      await owner.page('area').on(writer).write(pattern);
      await expect(borrower.page('area').on(reader)).toHold(pattern);
    }
});

test('four vCPUs of two domains count in one word and lose nothing', async ({
  owner,
  borrower,
}) => {
  await owner.start(1);
  await borrower.start(1);
  await owner.page('area').write(constantPattern(0n));

  await Promise.all(
    [owner, borrower].flatMap((domain) =>
      [0, 1].map((vcpu) => domain.page('area').on(vcpu).count(0, 50_000, 'exclusive')),
    ),
  );

  expect(await borrower.page('area').load(0)).toBe(200_000n);
});
