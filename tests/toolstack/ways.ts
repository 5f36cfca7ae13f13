// SPDX-License-Identifier: Apache-2.0
// What the parties of each way to share get at stage 2 (xen/arch/arm/mmu/p2m.c, by p2m type).

/** RAM of the domain's own. */
export const own = {
  type: 'ram_rw',
  memory: 'normal-write-back',
  shareability: 'inner',
  access: 'rw',
  execute: true,
} as const;

/** Another domain's RAM. */
export const foreign = { ...own, type: 'map_foreign_rw', execute: false } as const;

/** A device: `iomem` without saying more, or `devmem`. */
export const device = {
  type: 'mmio_direct_dev',
  memory: 'device-nGnRE',
  shareability: 'outer',
  access: 'rw',
  execute: false,
} as const;

/** A device as dom0 gets it, who knows best how to use it: cacheable as far as Xen is concerned. */
export const hardware = {
  ...device,
  type: 'mmio_direct_c',
  memory: 'normal-write-back',
} as const;
