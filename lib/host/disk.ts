// SPDX-License-Identifier: Apache-2.0
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { formatBytes } from '../support/units.ts';

/** Room for files on the disk that a path is, or would be, on; undefined where nobody knows. */
export function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    const parent = dirname(path);
    return parent === path ? undefined : freeBytes(parent);
  }
}

/** A file that could not be kept: what it is, where, how much it is, how much room there is. */
export function notKept(options: {
  readonly who: string;
  /** `the hypervisor that was built`. */
  readonly what: string;
  readonly file: string;
  readonly bytes?: number | undefined;
  readonly error: unknown;
  readonly remedy: string;
}): EnvironmentError {
  const { who, what, file, bytes, error, remedy } = options;
  const free = freeBytes(dirname(file));
  const size = bytes === undefined ? [] : [`${formatBytes(bytes)} to write`];
  const room = free === undefined ? [] : [`${formatBytes(free)} free on its disk`];
  return new EnvironmentError(
    {
      who,
      what: `${what} cannot be written: ${messageOf(error)}`,
      reached: [...size, ...room].join(', ') || undefined,
      where: file,
      remedy,
    },
    { cause: error },
  );
}
