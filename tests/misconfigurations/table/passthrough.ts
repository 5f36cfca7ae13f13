// SPDX-License-Identifier: Apache-2.0
import { dt, expect, PAGE, type System } from '#crosspage';
import { all, withDom0 } from '../edits.ts';
import { storedByDom0 } from '../images.ts';
import { boots, refused, type Row } from '../row.ts';
import {
  dom0Stores,
  guest,
  guestBesideDom0,
  hostSram,
  passed,
  passing,
  seenAt,
  sram,
  sramSize,
} from '../sram.ts';

const page = BigInt(PAGE);
const treeFailed = 'Device tree generation failed (-22).';
const notAssigned = 'Failed to assign device to d1';

/** Physical memory from outside. */
function physical(system: System): NonNullable<System['machine']['memory']> {
  const { memory } = system.machine;
  if (memory === undefined) throw new Error('the board shows no physical memory');
  return memory;
}

/** The guest's stores at `address` arrive in host memory at `host`. */
const reaches =
  (host: bigint, address: bigint) =>
  async (system: System): Promise<void> => {
    await system.domain('guest').at(address).store(0, 0x5ea1n);
    expect(physical(system).read(host, 8).readBigUInt64LE()).toBe(0x5ea1n);
  };

/** Same text for both versions. */
const alike = (expectation: Row['expected'][string & '4.20']): Row['expected'] => ({
  ...(expectation !== undefined && { '4.17': expectation, '4.20': expectation }),
});

/** SRAM and other host memory that is passed by `xen,reg`. */
export const passthrough: readonly Row[] = [
  {
    mistake: 'SRAM that is passed as it should be',
    spec: guest,
    tampering: passed(),
    expected: alike(boots('reaches its domain', reaches(sram, seenAt))),
  },
  {
    mistake: 'a device behind no IOMMU, without xen,force-assign-without-iommu,',
    spec: guest,
    tampering: passed({ force: false }),
    expected: alike(refused('guest', notAssigned, treeFailed)),
  },
  {
    mistake: 'a xen,reg without xen,path',
    spec: guest,
    tampering: passed({ path: null, force: false }),
    expected: alike(refused('guest', 'xen,reg or xen,path missing for d1', treeFailed)),
  },
  {
    mistake: 'a xen,path without xen,reg',
    spec: guest,
    tampering: passed({ reg: null, force: false }),
    expected: alike(refused('guest', 'xen,reg or xen,path missing for d1', treeFailed)),
  },
  {
    mistake: 'a xen,path to a node that there is not',
    spec: guest,
    tampering: passed({ path: '/nosuch' }),
    expected: alike(
      refused('guest', "Couldn't find node /nosuch in host_dt!", notAssigned, treeFailed),
    ),
  },
  {
    mistake: 'a xen,reg whose address is not aligned',
    spec: guest,
    tampering: passed({ reg: [sram + 0x800n, page, seenAt] }),
    expected: alike(
      refused('guest', 'DomU passthrough config has not page aligned addresses/sizes'),
    ),
  },
  {
    mistake: 'a xen,reg whose size is not a multiple of a page',
    spec: guest,
    tampering: passed({ reg: [sram, page + 0x800n, seenAt] }),
    expected: alike(
      refused('guest', 'DomU passthrough config has not page aligned addresses/sizes'),
    ),
  },
  {
    mistake: 'a xen,reg of two numbers instead of three',
    spec: guest,
    tampering: passed({ reg: [sram, sramSize] }),
    expected: alike(
      boots('passes nothing', async (system) => {
        await expect(system.domain('guest')).toAbortAt(seenAt);
      }),
    ),
  },
  {
    mistake: 'SRAM over the RAM of its domain',
    spec: guest,
    tampering: passed({ reg: [sram, page, 0x4100_0000n] }),
    expected: alike(boots('replaces that RAM', reaches(sram, 0x4100_0000n))),
  },
  {
    mistake: 'a xen,reg that is Xen itself',
    spec: guest,
    tampering: passed({ reg: [0x4020_0000n, page, seenAt] }),
    expected: alike(
      boots('the domain reads and writes Xen', async (system) => {
        const at = system.domain('guest').at(seenAt);
        // "ARM\x64" at offset 56 of the hypervisor's Image.
        expect(await at.load(56, 4)).toBe(0x644d_5241n);
        await reaches(0x4020_0000n, seenAt)(system);
      }),
    ),
  },
  {
    mistake: 'a xen,reg-cacheable beside xen,path',
    spec: guest,
    tampering: passed({ regName: 'xen,reg-cacheable', force: false }),
    expected: alike(refused('guest', 'xen,reg or xen,path missing for d1')),
  },
  {
    mistake: 'a xen,reg-cacheable without xen,path',
    spec: guest,
    tampering: passed({ regName: 'xen,reg-cacheable', path: null }),
    expected: alike(
      boots('is copied to the domain, and nothing is passed', async (system) => {
        const domain = system.domain('guest');
        await expect(domain).toAbortAt(seenAt);
        const node = dt.find(await domain.deviceTree(), '/passthrough/sram');
        expect(node && dt.property(node, 'xen,reg-cacheable')).toBeDefined();
      }),
    ),
  },
  {
    mistake: 'SRAM without xen,passthrough in the host',
    spec: guestBesideDom0,
    tampering: all(hostSram({ passed: false }), passing(), dom0Stores, withDom0('dom0-kernel')),
    expected: alike(
      boots('dom0 writes it too', async (system) => {
        const at = system.domain('guest').at(seenAt);
        await expect.poll(() => at.load(0)).toBe(storedByDom0);
      }),
    ),
  },
  {
    mistake: 'SRAM with xen,passthrough in the host',
    spec: guestBesideDom0,
    tampering: all(hostSram(), passing(), dom0Stores, withDom0('dom0-kernel')),
    expected: alike(
      boots('is kept from dom0', async (system) => {
        const at = system.domain('guest').at(seenAt);
        await at.store(0, 1n);
        expect(await at.load(0)).toBe(1n);
      }),
    ),
  },
  {
    mistake: 'SRAM whose range is left in /memory',
    spec: guest,
    tampering: all(hostSram({ kept: true }), passing()),
    expected: alike(
      boots('is what Xen gives to others as well', async (system) => {
        await reaches(sram, seenAt)(system);
      }),
    ),
  },
];
