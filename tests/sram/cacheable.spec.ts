// SPDX-License-Identifier: Apache-2.0
// xen,reg-cacheable: the bank as Normal memory at stage 2, on a hypervisor that knows it.
import {
  addressPattern,
  expect,
  KiB,
  mappingOf,
  noisePattern,
  preferFlavour,
  xenTest,
} from '#crosspage';

const xen = preferFlavour('shared-memory');

const test = xenTest(
  {
    xen,
    sram: { bank: { size: KiB(64) } },
    domains: {
      left: { probe: 'memory', sram: { bank: { by: 'xen,reg-cacheable' } } },
      right: { probe: 'memory', sram: { bank: { by: 'xen,reg-cacheable' } } },
    },
  },
  { requires: ['device-alignment-fault'] },
);

test('each domU reads every word that the other wrote, both mapping it cacheable', async ({
  left,
  right,
}) => {
  expect(left.page('bank').facts.memory).toBe('normal-write-back');
  await left.page('bank').write(addressPattern());
  await expect(right.page('bank')).toHold(addressPattern());

  await right.page('bank').write(noisePattern());
  await expect(left.page('bank')).toHold(noisePattern());
});

test('xen,reg-cacheable makes it Normal memory: an unaligned access goes through', async ({
  left,
}) => {
  await expect(left).toReach(left.page('bank').guestAddress + 1n);
});

const withDom0 = xenTest({
  xen,
  sram: { bank: { size: KiB(64) } },
  dom0: { probe: 'memory', sram: { bank: {} } },
  domains: { guest: { probe: 'memory', sram: { bank: { by: 'xen,reg-cacheable' } } } },
});

withDom0('dom0 and a domU share it with one attribute, write-back', async ({ dom0, guest }) => {
  expect(dom0.page('bank').facts.memory).toBe('normal-write-back');
  await dom0.page('bank').write(addressPattern());
  await expect(guest.page('bank')).toHold(addressPattern());

  await guest.page('bank').write(noisePattern());
  await expect(dom0.page('bank')).toHold(noisePattern());
});

const observed = xenTest(
  {
    xen,
    sram: { bank: { size: KiB(64) } },
    dom0: { probe: 'memory', sram: { bank: {} } },
    domains: {
      cacheable: { probe: 'memory', sram: { bank: { by: 'xen,reg-cacheable' } } },
      device: { probe: 'memory', sram: { bank: {} } },
    },
  },
  { requires: ['stage2-introspection'] },
);

observed(
  'xen,reg-cacheable maps as dom0 is mapped, and leaves xen,reg as it is: those do not match',
  async ({ dom0, cacheable, device }) => {
    await expect(cacheable.page('bank')).toBeMappedAs(mappingOf('xen,reg-cacheable', 'domU'));
    await expect(dom0.page('bank')).toBeMappedAs(mappingOf('xen,reg-cacheable', 'dom0'));
    await expect(device.page('bank')).toBeMappedAs(mappingOf('xen,reg', 'domU'));
    await expect(cacheable.page('bank')).toMatchAttributesOf(dom0.page('bank'));
    await expect(cacheable.page('bank')).not.toMatchAttributesOf(device.page('bank'));
    await expect(cacheable.page('bank')).toShareFramesWith(device.page('bank'));
    await expect(cacheable.page('bank')).toShareFramesWith(dom0.page('bank'));
  },
);
