// SPDX-License-Identifier: Apache-2.0
import type { Range } from '../memory/ranges.ts';
import { type Bytes, GiB, hostAddressOf, MiB } from '../support/units.ts';
import type { HostLayout } from '../xen/plan.ts';
import { linuxAddress } from './argv.ts';

/** RAM of QEMU's `virt` machine begins here (hw/arm/virt.c, VIRT_MEM). */
export const ramBase = hostAddressOf(GiB(1));

/** The machine's one bank of RAM. */
export function ramBank(memory: Bytes): Range {
  return { name: 'RAM', start: ramBase, size: BigInt(memory) };
}

/** Xen, its device tree and the domains' images lie in here, from 2 MiB into RAM. */
const modules: Range = {
  name: 'boot files',
  start: ramBase + BigInt(MiB(2)),
  size: BigInt(MiB(126)),
};

export const virtLayout: HostLayout = {
  ram: (memory) => [ramBank(memory)],
  modules,
  regionBase: ramBase + BigInt(MiB(512)),
  // VIRT_GIC_VCPU (hw/arm/virt.c): a GICv2's GICV, which is each guest's GICC.
  commonDevices: ({ gic }) =>
    gic === 2 ? [{ name: 'GICV', start: 0x0804_0000n, size: 0x1_0000n }] : [],
};

/** Xen's arguments for this machine. */
export const virtXenArguments: readonly string[] = [
  // VIRT_UART0 (hw/arm/virt.c).
  ...['console=dtuart', 'dtuart=/pl011@9000000'],
  // Scrubbing would make the host allocate all of the machine's RAM: 200 MB and half of a boot's
  // time. A test that wants it says `bootscrub=idle`: the last one counts.
  'bootscrub=0',
];

/** Linux' arguments for this machine: what init does with its network. */
export const virtLinuxArguments: readonly string[] = [`crosspage.address=${linuxAddress}/24`];
