// SPDX-License-Identifier: Apache-2.0
import {
  addressPattern,
  describeSharedRegions,
  expect,
  MiB,
  type System,
  type SystemSpec,
} from '#crosspage';
import { boots, type Expectation, refused, refusedEarly, type Row } from '../row.ts';
import { often, pair, theyShare } from '../systems.ts';

/** In the middle of a domain's 32 MiB of RAM, far from its image and its device tree. */
const inRam = 0x4100_0000n;
const gicDistributor = 0x0300_1000n;
const uart = 0x2200_0000n;

const replacesRam = (who: string): Expectation =>
  boots(`the region replaces the RAM of the ${who}`, theyShare);

/** What a borrower whose GIC is shadowed told it is in the page of the owner. */
async function ownerReadsTheGic(system: System): Promise<void> {
  // GICD_CTLR: affinity routing, group 1 (IHI 0069, 12.9.4).
  await expect.poll(() => system.domain('owner').page('area').load(0, 4), often).toBe(0x12n);
}

/** The last byte that a borrower whose UART is shadowed printed, a line's end, is in the page. */
async function ownerReadsTheUart(system: System): Promise<void> {
  await expect.poll(() => system.domain('owner').page('area').load(0, 4), often).toBe(0x0an);
}

const beyondReach = boots(
  'the borrower is told of an address that its CPU cannot reach',
  async (system) => {
    const borrower = system.domain('borrower');
    const [region] = describeSharedRegions(await borrower.deviceTree());
    expect(region?.guestAddress).toBe(1n << 44n);
    // ID_AA64MMFR0_EL1.PARange: 44 bits (Arm ARM D24.2.84).
    expect((await borrower.cpu()).mmfr0 & 0xfn).toBe(4n);
  },
);

/** What the borrower does with its device stays out of the page, and the page out of the device. */
const keepsDevice = (offset: number, value: bigint): Expectation =>
  boots('the borrower keeps its device and has no region', async (system) => {
    const [owner, borrower] = [system.domain('owner'), system.domain('borrower')];
    await owner.page('area').write(addressPattern(1));
    await borrower.page('area').store(offset, value, 4);
    await expect(owner.page('area')).toHold(addressPattern(1));
  });

/** GICD_ITARGETSR0 (IHI 0048, 4.3.12), which is read-only, and UARTDR (DDI 0183, 3.3.1). */
const keepsGic = keepsDevice(0x800, 0n);
const keepsUart = keepsDevice(0, 0x0an);

/** A pair on the machine whose outcome it is: which of the two a borrower reaches is not the same on all. */
const over = (guestAddress: bigint, machine: SystemSpec['machine']): SystemSpec => ({
  ...pair({ borrower: { guestAddress } }),
  ...(machine && { machine }),
});
const a57 = { cpu: 'cortex-a57', gic: 3 } as const;
const a53 = { cpu: 'cortex-a53', gic: 2 } as const;

const shadowsGic: Expectation = {
  ...boots('the owner reads what the borrower tells its GIC', ownerReadsTheGic),
  awaited: ['owner'],
};
const shadowsUart: Expectation = {
  ...boots('the owner reads what the borrower prints', ownerReadsTheUart),
  awaited: ['owner'],
};

/** Where a domain is to see the region. */
export const guestAddresses: readonly Row[] = [
  {
    mistake: 'a guest address that is not aligned',
    spec: pair({ owner: { guestAddress: 0x5000_0800n } }),
    expected: {
      '4.17': refused('owner', 'is not suitably aligned'),
      '4.20': refusedEarly(-22, 'fdt: guest address 0x0000000050000800 is not suitably aligned.'),
    },
  },
  {
    mistake: 'a region over the RAM of its borrower',
    spec: pair({ borrower: { guestAddress: inRam } }),
    expected: { '4.17': replacesRam('borrower'), '4.20': replacesRam('borrower') },
  },
  {
    mistake: 'a region over the RAM of its owner',
    spec: pair({ owner: { guestAddress: inRam } }),
    expected: { '4.17': replacesRam('owner'), '4.20': replacesRam('owner') },
  },
  {
    mistake: 'a region over the vGIC of its borrower',
    spec: over(gicDistributor, a57),
    expected: { '4.17': shadowsGic, '4.20': shadowsGic },
  },
  {
    mistake: 'a region over the vGIC of its borrower, on a Cortex-A53,',
    spec: over(gicDistributor, a53),
    expected: { '4.17': keepsGic, '4.20': keepsGic },
  },
  {
    mistake: 'a region over the vPL011 of its borrower',
    spec: over(uart, a57),
    expected: { '4.17': shadowsUart, '4.20': shadowsUart },
  },
  {
    mistake: 'a region over the vPL011 of its borrower, on a Cortex-A53,',
    spec: over(uart, a53),
    expected: { '4.17': keepsUart, '4.20': keepsUart },
  },
  {
    mistake: 'a guest address of 2^44 where Xen has 44 bits',
    spec: { ...pair({ borrower: { guestAddress: 1n << 44n } }), machine: { cpu: 'cortex-a57' } },
    expected: { '4.17': beyondReach, '4.20': beyondReach },
  },
  {
    mistake: 'a guest address of 2^40 where Xen has 40 bits',
    spec: { ...pair({ borrower: { guestAddress: 1n << 40n } }), machine: { cpu: 'cortex-a53' } },
    expected: { '4.17': refused('borrower'), '4.20': refused('borrower') },
  },
  {
    mistake: 'a region of 2 MiB that is aligned to 2 MiB',
    spec: pair({ region: { size: MiB(2) } }),
    expected: { '4.17': boots('shares', theyShare), '4.20': boots('shares', theyShare) },
  },
];
