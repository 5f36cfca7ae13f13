// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { factsOf } from '../../../lib/probe/page-facts.ts';
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
