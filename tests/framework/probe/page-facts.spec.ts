// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { describePage, factsOf, namePage } from '../../../lib/probe/page-facts.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { PAGE } from '../../../lib/support/units.ts';
import { planSystem } from '../../../lib/xen/plan.ts';

test('a page is known by what maps it: a role, a property of the partial device tree, or dom0', () => {
  const { domains } = planSystem(
    {
      sharedMemory: { region: { size: PAGE } },
      sram: { bank: { size: 2 * PAGE } },
      dom0: { probe: 'memory', sram: { bank: {} } },
      domains: {
        owner: { probe: 'memory', maps: { region: { role: 'owner' } }, sram: { bank: {} } },
      },
    },
    virtLayout,
  );

  const [dom0 = [], owner = []] = domains.map(factsOf);

  expect(dom0).toEqual([
    {
      domain: 'dom0',
      name: 'bank',
      guestAddress: 0x6020_1000n,
      hostAddress: 0x6020_1000n,
      size: 2 * PAGE,
      regionSize: 2 * PAGE,
      memory: 'normal-non-cacheable',
      role: undefined,
      by: undefined,
      offset: 0,
    },
  ]);
  expect(owner).toMatchObject([
    { name: 'region', role: 'owner', memory: 'normal-write-back' },
    { name: 'bank', role: undefined, by: 'xen,reg', guestAddress: 0x5040_0000n },
  ]);
});

test('a page is named as an author writes it, with its part and its words', () => {
  const { domains } = planSystem(
    {
      sharedMemory: { region: { size: 2 * PAGE, hostAddress: 0x7000_0000n } },
      domains: { owner: { probe: 'memory', maps: { region: { role: 'owner' } } } },
    },
    virtLayout,
  );
  const [facts] = domains.flatMap(factsOf);
  if (facts === undefined) throw new Error('it shares nothing');
  const part = { ...facts, size: 64 };

  expect(namePage(facts)).toBe("owner.page('region')");
  expect(namePage(part)).toBe("owner.page('region').part(0x0, 0x40)");
  expect(namePage({ ...part, offset: 0x800, stride: 0x1000 })).toBe(
    "owner.page('region').part(0x800, 0x40).every(0x1000)",
  );
  expect(describePage(part)).toBe(
    'region: 64 bytes at guest address 0x50000000, host address 0x70000000',
  );
});
