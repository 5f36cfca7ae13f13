// SPDX-License-Identifier: Apache-2.0
// The whole guest address space of every domain, read from the live stage-2 tables.
import { expect, KiB, MiB, PAGE, xenTest } from '#crosspage';

const needs = { requires: ['stage2-introspection'] } as const;

for (const gic of [2, 3] as const) {
  const test = xenTest(
    {
      machine: { gic },
      sharedMemory: {
        one: { size: 3 * PAGE },
        two: { size: KiB(64) },
        block: { size: MiB(2), hostAddress: 0x7000_0000n },
      },
      domains: {
        owner: {
          probe: 'memory',
          maps: { one: { role: 'owner' }, two: {}, block: { role: 'owner' } },
        },
        borrower: { probe: 'memory', maps: { one: { role: 'borrower' }, two: {} } },
        far: { probe: 'memory', maps: { block: { role: 'borrower' } } },
        stranger: { probe: 'memory' },
      },
    },
    needs,
  );

  test(`GICv${gic}: nothing is mapped in any domain that it does not declare`, async ({
    system,
  }) => {
    await expect(system).toIsolateDomains();
  });
}
