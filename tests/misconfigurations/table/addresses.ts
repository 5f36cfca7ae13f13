// SPDX-License-Identifier: Apache-2.0
import { dt, expect, PAGE, type System, type SystemSpec, type Tampering } from '#crosspage';
import { dom0Says, storedByDom0 } from '../images.ts';
import {
  abortsXen,
  boots,
  early,
  panics,
  refused,
  refusedEarly,
  type Row,
  seenFromOutside,
} from '../row.ts';
import { dom0Stores, guestBesideDom0 } from '../sram.ts';
import { guestAddress, hostAddress, pair, physicalWord } from '../systems.ts';

/** Two regions of two pages each, of which one page is the same. */
const overlapping: SystemSpec = {
  sharedMemory: {
    first: { size: 2 * PAGE, hostAddress },
    second: { size: 2 * PAGE, hostAddress: hostAddress + BigInt(PAGE) },
  },
  domains: {
    left: { probe: 'memory', maps: { first: { role: 'owner', guestAddress } } },
    right: { probe: 'memory', maps: { second: { role: 'owner', guestAddress } } },
  },
};

/** "ARM\x64" at offset 0x38: what the guest reads is the Image of the domains' kernel. */
async function showsTheKernelImage(system: System): Promise<void> {
  for (const domain of system.domains.values())
    expect(await domain.at(guestAddress).load(0x38, 4)).toBe(0x644d_5241n);
}

async function dom0WroteTheRegion(system: System): Promise<void> {
  await dom0Says(system, 'stored');
  expect(physicalWord(system, hostAddress)).toBe(storedByDom0);
}

const shareTheKernelModule: Tampering = {
  edit: (tree, places) => {
    const kernel = places.get('probe')?.address ?? 0n;
    const value = dt.cells64(kernel, guestAddress, PAGE);
    return ['owner', 'borrower'].reduce(
      (changed, name) =>
        dt.setNode(changed, `/chosen/${name}/shm`, (node) =>
          dt.setProperty(node, 'xen,shared-mem', value),
        ),
      tree,
    );
  },
};

/** Where the region is in host memory. */
export const addresses: readonly Row[] = [
  {
    mistake: 'a host address that is not aligned',
    spec: pair({ region: { hostAddress: hostAddress + 0x800n } }),
    expected: {
      '4.17': refused('owner', 'is not suitably aligned'),
      '4.20': refusedEarly(
        -22,
        'fdt: physical address 0x0000000060000800 is not suitably aligned.',
      ),
    },
  },
  {
    mistake: 'an overlap of two regions in host memory',
    spec: overlapping,
    expected: {
      '4.17': refused('right', 'd2: failed to acquire static memory: -2.'),
      '4.20': refusedEarly(-22, /Region: \[.*\) overlapping with bank\[0\]/),
    },
  },
  {
    mistake: 'a region beyond the last address',
    spec: pair({ region: { hostAddress: 0xffff_ffff_ffff_f000n, size: 2 * PAGE } }),
    expected: {
      '4.17': early(abortsXen('unprepare_staticmem_pages')),
      '4.20': refusedEarly(-22, 'static shared memory region area overflow'),
    },
  },
  {
    mistake: 'a host address that is not RAM',
    spec: pair({ region: { hostAddress: 0xc000_0000n } }),
    expected: {
      '4.17': early(abortsXen()),
      '4.20': early(abortsXen('SHMEM[0]: 00000000c0000000')),
    },
  },
  {
    mistake: 'a region that dom0 is to see at another address than the host',
    spec: guestBesideDom0,
    tampering: dom0Stores(
      guestAddress,
      dt.node('shm@50000000', {
        compatible: 'xen,domain-shared-memory-v1',
        role: 'owner',
        'xen,shm-id': 'area',
        'xen,shared-mem': dt.cells64(hostAddress, guestAddress, PAGE),
      }),
    ),
    expected: {
      '4.17': seenFromOutside(boots('dom0 writes it there', dom0WroteTheRegion)),
      '4.20': panics('Could not set up DOM0 guest OS (rc = -22)', 'are not direct-mapped.'),
    },
  },
  {
    mistake: 'a region that overlaps a boot module',
    spec: pair(),
    tampering: shareTheKernelModule,
    expected: {
      '4.17': boots('its domains read the module', showsTheKernelImage),
      '4.20': refusedEarly(-22, /Region: \[.*\) overlapping with mod\[\d\]/),
    },
  },
];
