// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';

/** 16 hexadecimal digits that stand for `parts`; other parts, or the same cut elsewhere, differ. */
export function identityOf(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
