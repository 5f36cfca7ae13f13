// SPDX-License-Identifier: Apache-2.0
import { dt, expect, PAGE, type System } from '#crosspage';
import { all } from '../edits.ts';
import { dom0Says, storedByDom0 } from '../images.ts';
import { boots, type Expectation, refused, type Row } from '../row.ts';
import { physicalWord } from '../systems.ts';
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
const eitherMissing = 'xen,reg or xen,path missing for d1';
const notAligned = 'DomU passthrough config has not page aligned addresses/sizes';
const notAssigned = 'Failed to assign device to d1';

/** The guest's stores at `address` arrive in host memory at `host`. */
const reaches =
  (host: bigint, address: bigint) =>
  async (system: System): Promise<void> => {
    await system.domain('guest').at(address).store(0, 0x5ea1n);
    expect(physicalWord(system, host)).toBe(0x5ea1n);
  };

/** Xen 4.20 refuses the domain; 4.17 says the same and goes on, with `then` as what is left. */
const refusedSince420 = (
  does: string,
  then: (system: System) => Promise<void>,
  ...says: string[]
): Row['expected'] => ({
  '4.17': boots(does, then, ...says),
  '4.20': refused('guest', ...says, treeFailed),
});

const passesNothing = async (system: System): Promise<void> => {
  await expect(system.domain('guest')).toAbortAt(seenAt);
};

/** The same on both versions. */
const alike = (expectation: Expectation): Row['expected'] => ({
  '4.17': expectation,
  '4.20': expectation,
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
    expected: refusedSince420('passes it all the same', reaches(sram, seenAt), notAssigned),
  },
  {
    mistake: 'a xen,reg without xen,path',
    spec: guest,
    tampering: passed({ path: null, force: false }),
    expected: refusedSince420('passes nothing', passesNothing, eitherMissing),
  },
  {
    mistake: 'a xen,path without xen,reg',
    spec: guest,
    tampering: passed({ reg: null, force: false }),
    expected: refusedSince420('passes nothing', passesNothing, eitherMissing),
  },
  {
    mistake: 'a xen,path to a node that there is not',
    spec: guest,
    tampering: passed({ path: '/nosuch' }),
    expected: refusedSince420(
      'passes it all the same',
      reaches(sram, seenAt),
      "Couldn't find node /nosuch in host_dt!",
      notAssigned,
    ),
  },
  {
    mistake: 'a xen,reg whose address is not aligned',
    spec: guest,
    tampering: passed({ reg: [sram + 0x800n, page, seenAt] }),
    expected: refusedSince420('passes nothing', passesNothing, notAligned, notAssigned),
  },
  {
    mistake: 'a xen,reg whose size is not a multiple of a page',
    spec: guest,
    tampering: passed({ reg: [sram, page + 0x800n, seenAt] }),
    expected: refusedSince420('passes nothing', passesNothing, notAligned, notAssigned),
  },
  {
    mistake: 'a xen,reg of two numbers instead of three',
    spec: guest,
    tampering: passed({ reg: [sram, sramSize] }),
    expected: alike(
      boots('passes the node and no memory', async (system) => {
        await passesNothing(system);
        const tree = await system.domain('guest').deviceTree();
        expect(dt.find(tree, '/passthrough/sram')).toBeDefined();
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
    mistake: 'a xen,reg that is the RAM of another domain',
    spec: { domains: { ...guest.domains, other: { probe: 'memory', staticMemory: 0x6800_0000n } } },
    tampering: passed({ reg: [0x6980_0000n, page, seenAt] }),
    expected: alike(
      boots('the domain reads and writes the other', async (system) => {
        const theirs = system.domain('other').at(0x4180_0000n);
        const ours = system.domain('guest').at(seenAt);
        await theirs.store(0, 0x5ec2e7n);
        expect(await ours.load(0)).toBe(0x5ec2e7n);
        await ours.store(8, 0xbadn);
        expect(await theirs.load(8)).toBe(0xbadn);
      }),
    ),
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
    expected: refusedSince420('passes nothing', passesNothing, eitherMissing),
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
    tampering: all(hostSram({ passed: false }), passing(), dom0Stores(sram)),
    expected: alike(
      boots('dom0 writes it too', async (system) => {
        await dom0Says(system, 'stored');
        expect(await system.domain('guest').at(seenAt).load(0)).toBe(storedByDom0);
      }),
    ),
  },
  {
    mistake: 'SRAM with xen,passthrough in the host',
    spec: guestBesideDom0,
    tampering: all(hostSram(), passing(), dom0Stores(sram)),
    expected: alike(
      boots('is kept from dom0', async (system) => {
        await dom0Says(system, 'abort');
        expect(await system.domain('guest').at(seenAt).load(0)).toBe(0n);
      }),
    ),
  },
  {
    mistake: 'SRAM whose range is left in /memory',
    spec: guest,
    tampering: all(hostSram({ kept: true }), passing()),
    expected: alike(
      boots('is also the RAM that Xen gives to the domain', async (system) => {
        // "ARM\x64" at offset 56 of the kernel that Xen loads there.
        expect(await system.domain('guest').at(seenAt).load(56, 4)).toBe(0x644d_5241n);
      }),
    ),
  },
];
