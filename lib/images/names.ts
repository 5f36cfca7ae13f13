// SPDX-License-Identifier: Apache-2.0

/** What images are called on the command line and in the lock. */
export const imageNames = {
  hypervisor: (flavour: string): string => `xen-${flavour}`,
  toolstack: (name: string): string => `toolstack-${name}`,
  probe: (name: string): string => `probe-${name}`,
  qemu: 'qemu',
  linux: 'linux',
  /** What is compiled for Linux domains is compiled against these; no image, only in the lock. */
  linuxHeaders: 'linux-headers',
  root: (name: string): string => name,
  deviceTrees: 'linux-dtbs',
};

/** QEMU's entries in the lock: one for each release and architecture of the host. */
export function qemuLockName(codename: string, architecture: string): string {
  return `${imageNames.qemu}-${codename}-${architecture}`;
}
