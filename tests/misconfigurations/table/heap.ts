// SPDX-License-Identifier: Apache-2.0
import { GiB, PAGE } from '#crosspage';
import { having, inNode } from '../edits.ts';
import { boots, early, refused, type Row } from '../row.ts';
import { pair, theyShare } from '../systems.ts';

const fromHeap = { region: { hostAddress: 'xen' } } as const;
const noHost = 'fdt: host physical address must be chosen by users at the moment.';

/** Regions whose host address is left to Xen: 4.19 and later. */
export const heap: readonly Row[] = [
  {
    mistake: 'a region without a host address',
    spec: pair(fromHeap),
    expected: { '4.17': early(refused('owner', noHost)), '4.20': boots('shares', theyShare) },
  },
  {
    mistake: 'a region without a host address and without an owner',
    spec: pair({ ...fromHeap, owner: { role: 'borrower' } }),
    expected: { '4.17': early(refused('owner', noHost)), '4.20': boots('shares', theyShare) },
  },
  {
    mistake: 'a region without a host address that is larger than the RAM',
    spec: pair({ region: { hostAddress: 'xen', size: GiB(4) } }),
    expected: {
      '4.17': early(refused('owner', noHost)),
      '4.20': refused(
        'owner',
        'Failed to allocate (0000000000400000KB) pages as static shared memory from heap',
      ),
    },
  },
  {
    mistake: 'a region without a host address in a direct-mapped domain',
    spec: {
      sharedMemory: { area: { size: PAGE, hostAddress: 'xen' } },
      domains: {
        owner: { probe: 'memory', staticMemory: 0x6800_0000n, maps: { area: { role: 'owner' } } },
      },
    },
    tampering: inNode('/chosen/owner', having('direct-map', true)),
    expected: {
      '4.17': early(refused('owner', noHost)),
      '4.20': refused(
        'owner',
        'd1: host and guest physical address must be supplied for direct-mapped domains',
      ),
    },
  },
];
