// SPDX-License-Identifier: Apache-2.0
import { addressPattern, dt, expect, PAGE, type System, type SystemSpec } from '#crosspage';
import { having, inNode, without } from '../edits.ts';
import { asserts, boots, bugs, early, refused, refusedEarly, type Row } from '../row.ts';
import { guestAddress, hostAddress, pair, theyShare } from '../systems.ts';

function regions(count: number): SystemSpec {
  const names = Array.from({ length: count }, (_unused, index) => `area${index}`);
  const maps = (role: 'owner' | 'borrower'): SystemSpec['domains'][string] => ({
    probe: 'memory',
    maps: Object.fromEntries(names.map((name) => [name, { role }])),
  });
  return {
    sharedMemory: Object.fromEntries(names.map((name) => [name, { size: PAGE }])),
    domains: { owner: maps('owner'), borrower: maps('borrower') },
  };
}

const sameId = 'different shared memory region could not share the same shm ID area';
const overlap = 'shared memory region overlap with an existing entry';
const otherSize = dt.cells64(hostAddress, guestAddress, 2 * PAGE);
const otherHost = dt.cells64(hostAddress + 0x10_0000n, guestAddress, PAGE);

async function nothingArrives(system: System): Promise<void> {
  await system.domain('borrower').page('area').write(addressPattern(1));
  await system.domain('owner').page('area').write(addressPattern(2));
  await expect(system.domain('borrower').page('area')).toHold(addressPattern(1));
}

async function reachesTooFar(system: System): Promise<void> {
  await theyShare(system);
  await expect(system.domain('owner')).toAbortAt(guestAddress + BigInt(PAGE));
  await expect(system.domain('borrower')).toReach(guestAddress + BigInt(PAGE));
}

/** How much is shared: `xen,shared-mem`, its size, and how many there are. */
export const sizes: readonly Row[] = [
  {
    mistake: 'a region without xen,shared-mem',
    spec: pair(),
    tampering: inNode('/chosen/owner/shm', without('xen,shared-mem')),
    expected: { '4.17': bugs('arch/arm/domain_build.c'), '4.20': refusedEarly(-2) },
  },
  {
    mistake: 'a xen,shared-mem of five cells',
    spec: pair(),
    tampering: inNode(
      '/chosen/owner/shm',
      having('xen,shared-mem', dt.cells(0, 0x6000_0000, 0x5000_0000, 0, 0x1000)),
    ),
    expected: {
      '4.17': refused('owner', 'is not suitably aligned'),
      '4.20': refusedEarly(-22, 'fdt: invalid `xen,shared-mem` property.'),
    },
  },
  {
    mistake: 'a size of 0',
    spec: pair({ region: { size: 0 } }),
    expected: {
      '4.17': early(asserts('nr_mfns', 'can not be zero')),
      '4.20': refusedEarly(-22, 'fdt: static shared memory region area overflow'),
    },
  },
  {
    mistake: 'a size that is not a multiple of a page',
    spec: pair({ region: { size: PAGE + 0x800 } }),
    expected: {
      '4.17': refused('owner', 'd1: size 0x0000000000001800 is not suitably aligned'),
      '4.20': refusedEarly(-22, 'fdt: size 0x0000000000001800 is not suitably aligned'),
    },
  },
  {
    mistake: 'one id with two sizes',
    spec: pair(),
    tampering: inNode('/chosen/borrower/shm', having('xen,shared-mem', otherSize)),
    expected: {
      '4.17': early(
        boots('the borrower reaches memory that nobody gave it', reachesTooFar, overlap),
      ),
      '4.20': refusedEarly(-22, sameId),
    },
  },
  {
    mistake: 'one id with two host addresses',
    spec: pair(),
    tampering: inNode('/chosen/borrower/shm', having('xen,shared-mem', otherHost)),
    expected: {
      '4.17': early(boots('the domains share nothing', nothingArrives, sameId)),
      '4.20': refusedEarly(-22, sameId),
    },
  },
  {
    mistake: 'a device tree with 33 regions',
    spec: regions(33),
    expected: {
      '4.17': refused('owner', 'Device tree generation failed (-3).'),
      '4.20': refusedEarly(-28, 'Warning: Max number of supported memory regions reached.'),
    },
  },
  {
    mistake: 'a domain with 24 regions',
    spec: regions(24),
    expected: {
      '4.17': refused('owner', 'Device tree generation failed (-3).'),
      '4.20': refused('owner', 'Device tree generation failed (-3).'),
    },
  },
];
