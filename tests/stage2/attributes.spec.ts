// SPDX-License-Identifier: Apache-2.0
// With which attributes Xen maps a shared region for each party (xen/arch/arm/mmu/p2m.c,
// p2m_set_permission; 4.17 has the same in p2m.c).
import { expect, KiB, MiB, PAGE, xenTest } from '#crosspage';

const needs = { requires: ['stage2-introspection'] } as const;

const own = {
  type: 'ram_rw',
  memory: 'normal-write-back',
  shareability: 'inner',
  access: 'rw',
  execute: true,
} as const;

const foreign = { ...own, type: 'map_foreign_rw', execute: false } as const;

for (const gic of [2, 3] as const)
  for (const cpu of ['cortex-a53', 'cortex-a57', 'max'] as const) {
    const test = xenTest(
      {
        machine: { gic, cpu },
        sharedMemory: { lent: { size: 3 * PAGE }, common: { size: KiB(64) } },
        domains: {
          owner: { probe: 'memory', maps: { lent: { role: 'owner' }, common: {} } },
          borrower: { probe: 'memory', maps: { lent: { role: 'borrower' }, common: {} } },
        },
      },
      needs,
    );

    test(`${cpu} with GICv${gic}: an owner’s pages are its RAM, all others foreign`, async ({
      owner,
      borrower,
    }) => {
      await expect(owner.page('lent')).toBeMappedAs(own);
      await expect(borrower.page('lent')).toBeMappedAs(foreign);
      await expect(owner.page('common')).toBeMappedAs(foreign);
      await expect(borrower.page('common')).toBeMappedAs(foreign);
    });
  }

const blocks = xenTest(
  {
    sharedMemory: { block: { size: MiB(4), hostAddress: 0x7000_0000n } },
    domains: {
      owner: { probe: 'memory', maps: { block: { role: 'owner' } } },
      borrower: { probe: 'memory', maps: { block: { role: 'borrower' } } },
    },
  },
  needs,
);

blocks(
  'what lies on 2 MiB boundaries is mapped by blocks for both',
  async ({ owner, borrower }) => {
    await expect(owner.page('block')).toBeMappedAs({ ...own, level: 2 });
    await expect(borrower.page('block')).toBeMappedAs({ ...foreign, level: 2 });
  },
);
