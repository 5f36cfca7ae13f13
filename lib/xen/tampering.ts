// SPDX-License-Identifier: Apache-2.0
import type { DeviceTree } from '../dt/index.ts';
import type { Bytes, HostAddress } from '../support/units.ts';

/** Where a file of a boot lies in host memory. */
export interface FilePlace {
  readonly address: HostAddress;
  readonly size: Bytes;
}

/** A file of the caller's own, which goes where it says. */
export interface PlacedFile extends FilePlace {
  readonly path: string;
}

/**
 * What is done to a boot behind the specification's back, so that a test boots what no
 * specification can say. Nothing of it is checked.
 */
export interface Tampering {
  /** Files that are loaded besides, by name: a module, a partial device tree. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /**
   * Files that are loaded besides, by name, to host addresses that who names them has chosen: they may
   * not lie where the boot has another file.
   */
  readonly placed?: Readonly<Record<string, PlacedFile>>;
  /**
   * Makes the host device tree that is booted out of the one that was generated.
   * `places` has `xen`, `probe` (the domains' kernel), `host.dtb`, and each of `files`.
   */
  readonly edit?: (tree: DeviceTree, places: ReadonlyMap<string, FilePlace>) => DeviceTree;
}
