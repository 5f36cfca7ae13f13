// SPDX-License-Identifier: Apache-2.0
// dom0 maps the host's sram node by itself, a domU maps it by its partial device tree.
import { addressPattern, describeSram, expect, KiB, noisePattern, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sram: { bank: { size: KiB(64) } },
  dom0: { probe: 'memory', sram: { bank: {} } },
  domains: {
    guest: { probe: 'memory', sram: { bank: {} } },
    stranger: { probe: 'memory' },
  },
});

test('dom0 and a domU read every word that the other wrote', async ({ dom0, guest }) => {
  await dom0.page('bank').write(addressPattern());
  await expect(guest.page('bank')).toHold(addressPattern());

  await guest.page('bank').write(noisePattern());
  await expect(dom0.page('bank')).toHold(noisePattern());
});

test('dom0 sees the bank where it is in host memory, and its device tree says so', async ({
  dom0,
}) => {
  const { guestAddress, size, facts } = dom0.page('bank');
  expect(guestAddress).toBe(facts.hostAddress);

  expect(describeSram(await dom0.deviceTree())).toEqual([
    expect.objectContaining({
      path: `/sram@${guestAddress.toString(16)}`,
      guestAddress,
      size,
      enabled: true,
    }),
  ]);
});

test('a domU beside them takes a data abort at each page of the bank', async ({
  dom0,
  guest,
  stranger,
}) => {
  for (const { guestAddress, size } of [dom0.page('bank'), guest.page('bank')])
    for (let offset = 0; offset < size; offset += PAGE)
      await expect(stranger).toAbortAt(guestAddress + BigInt(offset), { by: 'store' });
});

const attributes = xenTest(
  {
    sram: { bank: { size: KiB(8) } },
    dom0: { probe: 'memory', sram: { bank: {} } },
    domains: { guest: { probe: 'memory', sram: { bank: {} } } },
  },
  { requires: ['device-alignment-fault'] },
);

attributes(
  'the bank is Normal memory for dom0 and Device memory for the domU: an unaligned access tells',
  async ({ dom0, guest }) => {
    for (const offset of [1n, BigInt(PAGE) - 4n]) {
      await expect(dom0).toReach(dom0.page('bank').guestAddress + offset);
      await expect(guest).toAbortAt(guest.page('bank').guestAddress + offset);
    }
  },
);

const reserved = xenTest({
  sram: { bank: { size: KiB(16), passthrough: true } },
  dom0: { probe: 'memory', vcpus: 2 },
  domains: {
    left: { probe: 'memory', sram: { bank: {} } },
    right: { probe: 'memory', sram: { bank: {} } },
  },
});

reserved(
  'dom0 takes a data abort at each page of a bank that is marked xen,passthrough',
  async ({ dom0, left }) => {
    const { facts, size } = left.page('bank');
    const start = facts.hostAddress ?? 0n;
    for (let offset = 0; offset < size; offset += PAGE) {
      await expect(dom0).toAbortAt(start + BigInt(offset), { by: 'load' });
      await expect(dom0).toAbortAt(start + BigInt(offset), { by: 'store' });
    }
  },
);

reserved(
  'a bank that is marked xen,passthrough is disabled in dom0’s device tree',
  async ({ dom0, left }) => {
    const { facts, size } = left.page('bank');

    const [bank, ...others] = describeSram(await dom0.deviceTree());

    expect(others).toEqual([]);
    expect(bank).toMatchObject({ guestAddress: facts.hostAddress, size, enabled: false });
    expect(bank?.properties).not.toContain('xen,passthrough');
  },
);

reserved('two domUs share beside a dom0 that has no part in it', async ({ dom0, left, right }) => {
  await left.page('bank').write(addressPattern());
  await expect(right.page('bank')).toHold(addressPattern());

  await dom0.start(1);
  await right.page('bank').write(noisePattern());
  await expect(left.page('bank')).toHold(noisePattern());
});

const forgotten = xenTest({
  sram: { bank: { size: PAGE } },
  dom0: { probe: 'memory' },
  domains: { guest: { probe: 'memory', sram: { bank: {} } } },
});

forgotten(
  'without xen,passthrough dom0 reaches what only a domU was meant to have',
  async ({ dom0, guest }) => {
    await guest.page('bank').write(addressPattern());

    const { facts, size } = guest.page('bank');
    await expect(dom0.at(facts.hostAddress ?? 0n, size)).toHold(addressPattern());
  },
);

const systems = [
  { title: 'cortex-a53 with GICv2', system: { machine: { cpu: 'cortex-a53', gic: 2 } } },
  { title: 'cortex-a53 with GICv3', system: { machine: { cpu: 'cortex-a53', gic: 3 } } },
  { title: 'max with GICv3', system: { machine: { cpu: 'max', gic: 3 } } },
  { title: 'the hypervisor debian', system: { xen: { flavour: 'debian' } } },
  { title: 'the hypervisor static-shm-4.17', system: { xen: { flavour: 'static-shm-4.17' } } },
] as const;

for (const { title, system } of systems) {
  const variant = xenTest({
    ...system,
    sram: { bank: { size: PAGE } },
    dom0: { probe: 'memory', sram: { bank: {} } },
    domains: { guest: { probe: 'memory', sram: { bank: {} } } },
  });

  variant(`${title}: dom0 and a domU share in both directions`, async ({ dom0, guest }) => {
    await dom0.page('bank').write(addressPattern());
    await expect(guest.page('bank')).toHold(addressPattern());

    await guest.page('bank').write(noisePattern());
    await expect(dom0.page('bank')).toHold(noisePattern());
  });
}
