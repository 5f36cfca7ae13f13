// SPDX-License-Identifier: Apache-2.0
// With which attributes each party gets a bank of host memory, read from the live stage-2 tables
// (xen/arch/arm/dom0less-build.c, handle_passthrough_prop; device.c for dom0).
import { expect, KiB, xenTest } from '#crosspage';

const needs = { requires: ['stage2-introspection'] } as const;

const device = {
  type: 'mmio_direct_dev',
  memory: 'device-nGnRE',
  shareability: 'outer',
  access: 'rw',
  execute: false,
} as const;

for (const flavour of ['static-shm', 'static-shm-4.17'] as const) {
  const test = xenTest(
    {
      xen: { flavour },
      sram: { bank: { size: KiB(64) }, own: { size: KiB(16), passthrough: true } },
      dom0: { probe: 'memory', sram: { bank: {} } },
      domains: {
        left: { probe: 'memory', sram: { bank: {} } },
        right: { probe: 'memory', sram: { bank: {}, own: {} } },
      },
    },
    needs,
  );

  test(`${flavour}: xen,reg is Device memory, dom0’s own mapping cacheable and outer shareable`, async ({
    dom0,
    left,
    right,
  }) => {
    const hostAddress = left.page('bank').facts.hostAddress ?? 0n;
    await expect(left.page('bank')).toBeMappedAs({ ...device, hostAddress });
    await expect(right.page('bank')).toBeMappedAs({ ...device, hostAddress });
    await expect(dom0.page('bank')).toBeMappedAs({
      ...device,
      type: 'mmio_direct_c',
      memory: 'normal-write-back',
      hostAddress,
    });
  });

  test(`${flavour}: all parties have the same frames, and nobody what is not theirs`, async ({
    system,
    dom0,
    left,
    right,
  }) => {
    await expect(left.page('bank')).toShareFramesWith(right.page('bank'));
    await expect(left.page('bank')).toShareFramesWith(dom0.page('bank'));
    await expect(system).toIsolateDomains();
  });
}
