// SPDX-License-Identifier: Apache-2.0
import type { Range } from '../memory/ranges.ts';
import { alignUp, MiB, PAGE, SUPERPAGE } from '../support/units.ts';
import { ramBank0 } from '../xen/guest-layout.ts';

/** What is put into a guest's RAM beside its kernel. */
export interface GuestModules {
  /** In bytes, the least that it takes. */
  readonly tree: bigint;
  /** In bytes; 0 for none. */
  readonly ramdisk: bigint;
  /** Which of them comes first. */
  readonly first: 'tree' | 'ramdisk';
}

/** xen/arch/arm/kernel.c, place_dtb_initrd: whole 2 MiB each. */
export const ofXen = (ramdisk: bigint): GuestModules => ({
  tree: BigInt(SUPERPAGE),
  ramdisk: alignUp(ramdisk, SUPERPAGE),
  first: 'tree',
});

/**
 * tools/libs/guest/xg_dom_arm.c, meminit: whole pages. The tree that libxl makes has one to four of
 * them, of which one is certain.
 */
export const ofLibxl = (ramdisk: bigint): GuestModules => ({
  tree: BigInt(PAGE),
  ramdisk: alignUp(ramdisk, PAGE),
  first: 'ramdisk',
});

/**
 * Where a guest with `memory` bytes finds its device tree and its ramdisk: 128 MiB into its RAM where
 * they fit, else at the end of its first bank.
 */
export function guestModules(
  memory: bigint,
  { tree, ramdisk, first }: GuestModules,
): readonly Range[] {
  const size = memory < ramBank0.size ? memory : ramBank0.size;
  const end = ramBank0.start + size;
  const far = ramBank0.start + BigInt(MiB(128));
  const total = tree + ramdisk;
  if (total > size) return [];
  const base = end >= far + total ? far : end - total;
  const ofTree = { name: 'its device tree', size: tree };
  const ofRamdisk = { name: 'its ramdisk', size: ramdisk };
  const order = first === 'tree' ? [ofTree, ofRamdisk] : [ofRamdisk, ofTree];
  let start = base;
  return order.flatMap((one) => {
    const placed = { ...one, start };
    start += one.size;
    return one.size > 0n ? [placed] : [];
  });
}
