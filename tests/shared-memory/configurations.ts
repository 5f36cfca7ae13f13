// SPDX-License-Identifier: Apache-2.0
// The ways in which domains share memory, as data: configurations.spec.ts runs every check over
// each of them.
import { GiB, KiB, MiB, PAGE, type SystemSpec } from '#crosspage';

/** A system in which domains share regions, and which no check knows more of than its plan. */
export interface Configuration {
  readonly title: string;
  readonly spec: SystemSpec;
}

const owner = { probe: 'memory', maps: { area: { role: 'owner' } } } as const;
const borrower = { probe: 'memory', maps: { area: { role: 'borrower' } } } as const;
const roleless = { probe: 'memory', maps: { area: {} } } as const;

/** Shares nothing. */
const stranger = { probe: 'memory' } as const;

/** Shares nothing, and has the frames before and after a region: it sees what goes astray. */
const neighbour = {
  probe: 'memory',
  maps: {
    before: { role: 'owner', guestAddress: 0x8_0000_0000n },
    after: { role: 'owner', guestAddress: 0x9_0000_0000n },
  },
} as const;

/** Without a line of Xen's for each abort that a check provokes. */
const xen = { bootargs: ['guest_loglvl=warning'] } as const;

/** `area` at a host address, with a region of one page on either side of it. */
const placed = (hostAddress: bigint, size: number) => ({
  before: { size: PAGE, hostAddress: hostAddress - BigInt(PAGE) },
  area: { size, hostAddress },
  after: { size: PAGE, hostAddress: hostAddress + BigInt(size) },
});

export const configurations: readonly Configuration[] = [
  {
    title: '4 KiB',
    spec: {
      xen,
      sharedMemory: placed(0x7000_0000n, PAGE),
      domains: { owner, borrower, stranger: neighbour },
    },
  },
  {
    title: '64 KiB',
    spec: {
      xen,
      sharedMemory: placed(0x7000_0000n, KiB(64)),
      domains: { owner, borrower, stranger: neighbour },
    },
  },
  {
    title: '2 MiB that Xen maps as one block',
    spec: {
      xen,
      sharedMemory: placed(0x7000_0000n, MiB(2)),
      domains: { owner, borrower, stranger: neighbour },
    },
  },
  {
    title: '17 pages that start off a 2 MiB boundary',
    spec: {
      xen,
      sharedMemory: placed(0x6010_3000n, 17 * PAGE),
      domains: { owner, borrower, stranger: neighbour },
    },
  },
  {
    title: '515 pages across two 2 MiB boundaries',
    spec: {
      xen,
      sharedMemory: placed(0x601f_f000n, 515 * PAGE),
      domains: { owner, borrower, stranger: neighbour },
    },
  },
  {
    title: '4 KiB at an address of Xen’s choice',
    spec: {
      xen,
      sharedMemory: { area: { size: PAGE, hostAddress: 'xen' } },
      domains: { owner, borrower, stranger },
    },
  },
  {
    title: '2 MiB and 3 pages at addresses of Xen’s choice',
    spec: {
      xen,
      sharedMemory: {
        area: { size: MiB(2), hostAddress: 'xen' },
        odd: { size: 3 * PAGE, hostAddress: 'xen' },
      },
      domains: {
        owner: { probe: 'memory', maps: { area: { role: 'owner' }, odd: { role: 'owner' } } },
        borrower: {
          probe: 'memory',
          maps: { area: { role: 'borrower' }, odd: { role: 'borrower' } },
        },
        stranger,
      },
    },
  },
  {
    title: 'no roles, Xen itself is the owner',
    spec: {
      xen,
      sharedMemory: placed(0x7000_0000n, KiB(64)),
      domains: { left: roleless, right: roleless, stranger: neighbour },
    },
  },
  {
    title: 'one owner and two borrowers',
    spec: {
      xen,
      sharedMemory: placed(0x7000_0000n, KiB(64)),
      domains: { owner, first: borrower, second: borrower, stranger: neighbour },
    },
  },
  {
    title: 'a borrower that is declared before the owner',
    spec: {
      xen,
      sharedMemory: placed(0x7000_0000n, 3 * PAGE),
      domains: { stranger: neighbour, borrower, owner },
    },
  },
  {
    title: 'a region twice in one domain',
    spec: {
      xen,
      sharedMemory: placed(0x7000_0000n, KiB(16)),
      domains: {
        owner,
        borrower: { probe: 'memory', maps: { area: [{ role: 'borrower' }, { role: 'borrower' }] } },
        stranger: neighbour,
      },
    },
  },
  {
    title: 'four regions side by side, with ids of their own',
    spec: {
      xen,
      sharedMemory: {
        a: { size: PAGE, hostAddress: 0x7000_0000n, id: 'an-id' },
        b: { size: KiB(64), hostAddress: 0x7000_1000n },
        c: { size: 3 * PAGE, hostAddress: 0x7001_1000n, id: 'fifteen-letters' },
        d: { size: PAGE, hostAddress: 0x7001_4000n },
      },
      domains: {
        left: {
          probe: 'memory',
          maps: {
            a: { role: 'owner' },
            b: { role: 'borrower' },
            c: { role: 'owner' },
            d: { role: 'borrower' },
          },
        },
        right: {
          probe: 'memory',
          maps: {
            a: { role: 'borrower' },
            b: { role: 'owner' },
            c: { role: 'borrower' },
            d: { role: 'owner' },
          },
        },
        stranger,
      },
    },
  },
  {
    title: 'a region above 4 GiB for Xen and for both guests',
    spec: {
      xen,
      machine: { memory: GiB(6) },
      sharedMemory: placed(0x1_4000_0000n, KiB(64)),
      domains: {
        owner: {
          probe: 'memory',
          maps: { area: { role: 'owner', guestAddress: 0x3_0000_0000n } },
        },
        borrower: {
          probe: 'memory',
          maps: { area: { role: 'borrower', guestAddress: 0x3_4000_0000n } },
        },
        stranger: neighbour,
      },
    },
  },
];
