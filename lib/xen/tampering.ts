// SPDX-License-Identifier: Apache-2.0
import type { DeviceTree } from '../dt/index.ts';
import type { Bytes, HostAddress } from '../support/units.ts';

/** Where a file of a boot lies in host memory. */
export interface FilePlace {
  readonly address: HostAddress;
  readonly size: Bytes;
}

/**
 * What is done to a boot behind the specification's back, so that a test boots what no
 * specification can say. Nothing of it is checked.
 */
export interface Tampering {
  /** Files that are loaded besides, by name: a module, a partial device tree. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /**
   * Makes the host device tree that is booted out of the one that was generated.
   * `places` has `xen`, `probe` (the domains' kernel), `host.dtb`, and each of `files`.
   */
  readonly edit?: (tree: DeviceTree, places: ReadonlyMap<string, FilePlace>) => DeviceTree;
}
