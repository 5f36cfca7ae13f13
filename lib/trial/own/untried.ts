// SPDX-License-Identifier: Apache-2.0
import { hex } from '../../support/units.ts';
import { channelNotTried, type ChannelVerdict } from '../channels.ts';
import type { Replacement } from '../rewrite-xl.ts';
import { findSharings, type FoundSharings } from '../sharings.ts';
import type { TrialSystem } from '../subject.ts';
import type { OwnFile } from './own-files.ts';

/** What a configuration shares, as far as it is looked at with the user's own kernels. */
export interface OwnFound extends FoundSharings {
  readonly channels: readonly ChannelVerdict[];
}

const unsignalled =
  'nobody signals by it from outside: --probe-kernels does, with probes for kernels';

/** What is looked at, and the rest with its reasons: words about probes are not true here. */
export function findOwn(system: TrialSystem): OwnFound {
  const { sharings, channels, untried } = findSharings(system);
  return {
    sharings,
    channels: channels.map((channel) => ({ reason: unsignalled, ...channelNotTried(channel) })),
    untried: untried.map((one) => ({
      ...one,
      reason: one.reason.includes('probe') ? 'it is not looked at from outside' : one.reason,
    })),
  };
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
