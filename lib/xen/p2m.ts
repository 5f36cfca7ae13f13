// SPDX-License-Identifier: Apache-2.0

/**
 * The names of Xen's p2m types by their number, which it keeps in bits 58:55 of a stage-2 entry
 * (xen/arch/arm/include/asm/p2m.h, p2m_type_t; 4.17 to 4.22 agree).
 */
const p2mTypes: readonly string[] = [
  'invalid',
  'ram_rw',
  'ram_ro',
  'mmio_direct_dev',
  'mmio_direct_nc',
  'mmio_direct_c',
  'map_foreign_rw',
  'map_foreign_ro',
  'grant_map_rw',
  'grant_map_ro',
  'iommu_map_rw',
  'iommu_map_ro',
];

/** `ram_rw` for 1, and so on; the number itself for one that Xen does not have. */
export function p2mTypeName(type: number): string {
  return p2mTypes[type] ?? `type ${type}`;
}

/** What Xen says of a domain's tables on debug key `q` (xen/arch/arm/p2m.c, p2m_dump_info). */
export interface VmidLine {
  readonly domid: number;
  readonly vmid: number;
}

/** Reads `p2m mappings for domain 1 (vmid 1):`; undefined for any other line. */
export function findVmid(line: string): VmidLine | undefined {
  const match = /p2m mappings for domain (\d+) \(vmid (\d+)\)/.exec(line);
  if (match === null) return undefined;
  return { domid: Number(match[1]), vmid: Number(match[2]) };
}
