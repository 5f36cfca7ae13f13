// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';
import { hex } from '../support/units.ts';

/** Devicetree specification v0.4, 5.2. */
export const MAGIC = 0xd00d_feed;
/** The version that is written, and the newest whose rules are known. */
export const VERSION = 17;
/** The oldest version that can be read, and what a blob of version 17 says it is compatible with. */
export const LAST_COMPATIBLE = 16;
/** The header's size in bytes, without `size_dt_struct` in version 16. */
export const headerSize = (version: number): number => (version >= 17 ? 40 : 36);

/** The tokens of the structure block (Devicetree specification v0.4, 5.4.1). */
export const TOKEN = { beginNode: 1, endNode: 2, property: 3, nop: 4, end: 9 } as const;

/** A blob that is malformed, and where. */
export class BlobError extends MisuseError {
  /** The byte offset in the blob at which it is wrong. */
  readonly offset: number;

  constructor(what: string, offset: number) {
    super({ who: 'device tree blob', what: `${what} (offset ${hex(offset)})` });
    this.offset = offset;
  }
}
