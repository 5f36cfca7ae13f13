// SPDX-License-Identifier: Apache-2.0
// The same sharing for every way to describe the bank and for every size of it.
import { addressPattern, expect, MiB, noisePattern, PAGE, xenTest } from '#crosspage';

const banks = [
  { title: 'one page', bank: { size: PAGE } },
  { title: '2 MiB, a block at stage 2', bank: { size: MiB(2) } },
  {
    title: '515 pages across a 2 MiB boundary',
    bank: { size: 515 * PAGE, hostAddress: 0x601f_d000n },
  },
  {
    title: 'the last 16 pages of RAM',
    bank: { size: 16 * PAGE, hostAddress: 0x7fff_0000n },
  },
] as const;

for (const { title, bank } of banks) {
  const test = xenTest({
    sram: { bank },
    domains: {
      left: { probe: 'memory', sram: { bank: {} } },
      right: { probe: 'memory', sram: { bank: { guestAddress: 0x7_0010_3000n } } },
    },
  });

  test(`${title}: every word arrives in both directions`, async ({ left, right }) => {
    await left.page('bank').write(addressPattern());
    await expect(right.page('bank')).toHold(addressPattern());

    await right.page('bank').write(noisePattern());
    await expect(left.page('bank')).toHold(noisePattern());
  });
}

const ways = [
  { title: 'xen,path and force-assign', way: { path: true, forceAssign: true } },
  { title: 'force-assign alone', way: { path: false, forceAssign: true } },
] as const;

for (const { title, way } of ways) {
  const test = xenTest({
    sram: { bank: { size: PAGE, passthrough: true } },
    domains: {
      left: { probe: 'memory', sram: { bank: way } },
      right: { probe: 'memory', sram: { bank: way } },
    },
  });

  test(`xen,reg with ${title} is enough to share`, async ({ left, right }) => {
    await left.page('bank').write(addressPattern());
    await expect(right.page('bank')).toHold(addressPattern());
  });
}

for (const flavour of ['debian', 'static-shm-4.17'] as const) {
  const test = xenTest({
    xen: { flavour },
    sram: { bank: { size: PAGE } },
    domains: {
      left: { probe: 'memory', sram: { bank: {} } },
      right: { probe: 'memory', sram: { bank: {} } },
    },
  });

  test(`the hypervisor ${flavour} shares a bank in both directions`, async ({ left, right }) => {
    await left.page('bank').write(addressPattern());
    await expect(right.page('bank')).toHold(addressPattern());

    await right.page('bank').write(noisePattern());
    await expect(left.page('bank')).toHold(noisePattern());
  });
}

const several = xenTest({
  sharedMemory: { region: { size: PAGE } },
  sram: { first: { size: PAGE }, second: { size: PAGE }, third: { size: PAGE } },
  domains: {
    left: {
      probe: 'memory',
      maps: { region: { role: 'owner' } },
      sram: { first: {}, second: {}, third: {} },
    },
    right: {
      probe: 'memory',
      maps: { region: { role: 'borrower' } },
      sram: { third: {}, second: {}, first: {} },
    },
  },
});

several('banks and a region at once do not bleed into each other', async ({ left, right }) => {
  const names = ['region', 'first', 'second', 'third'] as const;
  for (const [index, name] of names.entries()) await left.page(name).write(addressPattern(index));

  for (const [index, name] of names.entries())
    await expect(right.page(name)).toHold(addressPattern(index));
});
