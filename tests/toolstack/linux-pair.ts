// SPDX-License-Identifier: Apache-2.0
// Two Linux domains that are up when dom0 is: one saved machine serves all tests of them.
import { MiB, PAGE, preferFlavour } from '#crosspage';

/** Linux takes more than the probe: its Image alone has 40 MiB. */
export const linuxMemory = MiB(96);

/** What each region has, in bytes. */
export const size = 4 * PAGE;

/** Host memory that nobody allocates. */
export const hostAddress = 0x7000_0000n;
export const reservedMemory = { window: { size, hostAddress } } as const;

/** In a Linux' RAM, behind its kernel and before its initial root file system. */
export const lent = { id: 'area', begin: 0x4400_0000n, size, role: 'owner' } as const;
export const borrowed = { id: 'area', begin: 0x5000_0000n, size, role: 'borrower' } as const;

/** A dom0 that has what Linux domains boot. */
export const dom0 = { linux: 'dom0', guest: 'domu', memory: MiB(384) } as const;

const half = { hostAddress, size: size / 2, guestAddress: 0x5000_0000n, as: 'memory' } as const;
/** The window's two halves, one as memory, one as a device. */
export const iomem = [
  half,
  {
    ...half,
    hostAddress: hostAddress + BigInt(half.size),
    guestAddress: 0x5100_0000n,
    as: 'devmem',
  },
] as const;

/** `owner` lends to `borrower`, and has the window by iomem. */
export const linuxPair = {
  xen: preferFlavour('shared-memory'),
  dom0: {
    ...dom0,
    creates: {
      owner: { memory: linuxMemory, staticShm: [lent], iomem },
      borrower: { memory: linuxMemory, staticShm: [borrowed] },
    },
  },
  reservedMemory,
} as const;
