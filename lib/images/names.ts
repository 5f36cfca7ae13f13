// SPDX-License-Identifier: Apache-2.0

/** What images are called on the command line and in the lock. */
export const imageNames = {
  hypervisor: (flavour: string): string => `xen-${flavour}`,
  toolstack: (name: string): string => `toolstack-${name}`,
  probe: (name: string): string => `probe-${name}`,
  qemu: 'qemu',
  uBoot: 'u-boot',
  linux: 'linux',
  /** What is compiled for Linux domains is compiled against these; no image, only in the lock. */
  linuxHeaders: 'linux-headers',
  root: (name: string): string => name,
  deviceTrees: 'linux-dtbs',
  tftpd: 'tftpd',
  ser2net: 'ser2net',
} as const;

/** Entries in the lock of programs of the host: one for each of its releases and architectures. */
export function hostLockName(image: string, codename: string, architecture: string): string {
  return `${image}-${codename}-${architecture}`;
}
