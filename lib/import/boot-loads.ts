// SPDX-License-Identifier: Apache-2.0
import type { PlacedTree } from './placed-tree.ts';
import type { PlacedRange } from './tree-reader.ts';
import type { Where } from './where.ts';

/** A file that a boot loader puts into memory. */
export interface LoadedFile {
  /** As the script calls it. */
  readonly file: string;
  readonly start: bigint;
  /** In bytes; undefined when the file is not there to be asked. */
  readonly size: bigint | undefined;
  readonly where: Where;
}

/** Files beside a script, by the names that it has for them. */
export interface BootFiles {
  /** In bytes. */
  readonly sizeOf: (file: string) => bigint | undefined;
  readonly treeOf: (file: string) => PlacedTree | undefined;
}

/** Those of known size, as ranges of host memory. */
export function loadedRanges(loads: readonly LoadedFile[]): PlacedRange[] {
  return loads.flatMap(({ file, start, size, where }) =>
    size === undefined || size === 0n ? [] : [{ name: file, start, size, where }],
  );
}
