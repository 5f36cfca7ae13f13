// SPDX-License-Identifier: Apache-2.0
import { hex } from '../../support/units.ts';
import type { Replacement } from '../rewrite-xl.ts';
import type { Untried } from '../sharings.ts';
import type { OwnFile } from './own-files.ts';

/** What is not looked at: words about probes are not true here. */
export function ownUntried(untried: readonly Untried[]): Untried[] {
  return untried.map((one) => ({
    ...one,
    reason: one.reason.includes('probe') ? 'it is not looked at from outside' : one.reason,
  }));
}

/** What a reader of the configuration would not expect of its files. */
export function fileNotes(files: readonly OwnFile[], moved: bigint): Replacement[] {
  return files.flatMap(({ kind, where, domain, size, moduleSize }) => {
    const cut = moduleSize !== undefined && moduleSize < BigInt(size);
    return [
      ...(cut
        ? [
            {
              where,
              text: `the ${kind} of ${domain} is cut: its module has ${hex(moduleSize)} bytes, the file ${hex(size)}`,
            },
          ]
        : []),
      // They go to their domains as they are.
      ...(moved !== 0n && kind === 'device-tree'
        ? [{ where, text: `host addresses in the partial device tree of ${domain} are not moved` }]
        : []),
    ];
  });
}
