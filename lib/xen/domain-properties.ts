// SPDX-License-Identifier: Apache-2.0
/**
 * The properties of a `xen,domain` node (docs/misc/arm/device-tree/booting.txt): since which Xen,
 * or in which vendor's tree alone.
 */
const properties: Readonly<Record<string, readonly [number, number] | 'xilinx'>> = {
  compatible: [4, 0],
  memory: [4, 0],
  cpus: [4, 0],
  '#address-cells': [4, 0],
  '#size-cells': [4, 0],
  vpl011: [4, 0],
  nr_spis: [4, 0],
  passthrough: [4, 0],
  'xen,static-mem': [4, 16],
  'direct-map': [4, 17],
  'xen,enhanced': [4, 17],
  'domain-cpupool': [4, 17],
  'xen,domain-p2m-mem-mb': [4, 17],
  sve: [4, 18],
  max_grant_version: [4, 20],
  max_grant_frames: [4, 20],
  max_maptrack_frames: [4, 20],
  'llc-colors': [4, 20],
  capabilities: [4, 21],
  'trap-unmapped-accesses': [4, 21],
  colors: 'xilinx',
  viommu: 'xilinx',
};

/** All that any Xen reads. */
export const domainProperties: readonly string[] = Object.keys(properties);

/** Whether any Xen reads it in a domain's node. */
export const isDomainProperty = (name: string): boolean => Object.hasOwn(properties, name);

/** Since which Xen it is read; undefined for what is unknown. */
export function domainPropertySince(
  name: string,
): readonly [number, number] | 'xilinx' | undefined {
  return isDomainProperty(name) ? properties[name] : undefined;
}
