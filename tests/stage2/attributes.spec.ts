// SPDX-License-Identifier: Apache-2.0
// With which attributes Xen maps a shared region for each party (xen/arch/arm/mmu/p2m.c,
// p2m_set_permission; 4.17 has the same in p2m.c).
import { expect, KiB, mappingOf, MiB, PAGE, xenTest } from '#crosspage';

const needs = { requires: ['stage2-introspection'] } as const;

const mechanism = 'xen,domain-shared-memory-v1';

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
      await expect(owner.page('lent')).toBeMappedAs(mappingOf(mechanism, 'owner'));
      await expect(borrower.page('lent')).toBeMappedAs(mappingOf(mechanism, 'borrower'));
      await expect(owner.page('common')).toBeMappedAs(mappingOf(mechanism, 'without roles'));
      await expect(borrower.page('common')).toBeMappedAs(mappingOf(mechanism, 'without roles'));
    });
  }

for (const flavour of ['static-shm-4.17', 'shared-memory'] as const) {
  const test = xenTest(
    {
      xen: { flavour },
      sharedMemory: { lent: { size: PAGE }, common: { size: PAGE } },
      domains: {
        owner: { probe: 'memory', maps: { lent: { role: 'owner' }, common: {} } },
        borrower: { probe: 'memory', maps: { lent: { role: 'borrower' }, common: {} } },
      },
    },
    needs,
  );

  test(`${flavour}: each party has it as the table says, and their attributes match`, async ({
    owner,
    borrower,
  }) => {
    await expect(owner.page('lent')).toBeMappedAs(mappingOf(mechanism, 'owner'));
    await expect(borrower.page('lent')).toBeMappedAs(mappingOf(mechanism, 'borrower'));
    await expect(owner.page('common')).toBeMappedAs(mappingOf(mechanism, 'without roles'));
    await expect(owner.page('lent')).toMatchAttributesOf(borrower.page('lent'));
    await expect(owner.page('common')).toMatchAttributesOf(borrower.page('common'));
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
    await expect(owner.page('block')).toBeMappedAs({ ...mappingOf(mechanism, 'owner'), level: 2 });
    await expect(borrower.page('block')).toBeMappedAs({
      ...mappingOf(mechanism, 'borrower'),
      level: 2,
    });
  },
);
