// SPDX-License-Identifier: Apache-2.0
// With which attributes each party gets a bank of host memory, read from the live stage-2 tables
// (xen/arch/arm/dom0less-build.c, handle_passthrough_prop; device.c for dom0).
import { addressPattern, expect, KiB, mappingOf, xenTest } from '#crosspage';

const needs = { requires: ['stage2-introspection'] } as const;

for (const flavour of [
  'static-shm',
  'static-shm-4.17',
  'shared-memory',
  'debian',
  'debian-4.17',
] as const) {
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
    const registers = { ...mappingOf('xen,reg', 'domU'), hostAddress };
    await expect(left.page('bank')).toBeMappedAs(registers);
    await expect(right.page('bank')).toBeMappedAs(registers);
    await expect(dom0.page('bank')).toBeMappedAs({ ...mappingOf('xen,reg', 'dom0'), hostAddress });
  });

  test(`${flavour}: two domUs match, a dom0 that caches is told as a mismatch although data gets through`, async ({
    dom0,
    left,
    right,
  }) => {
    const cached = dom0.page('bank').as('normal-write-back');
    await cached.write(addressPattern());
    await expect(left.page('bank')).toHold(addressPattern());

    await expect(left.page('bank')).toMatchAttributesOf(right.page('bank'));
    await expect(expect(cached).toMatchAttributesOf(left.page('bank'))).rejects.toThrow(
      'the parties map the page with different attributes: dom0 normal-write-back, outer shareable; left device-nGnRE, outer shareable',
    );
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
