// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { notKept } from '../host/disk.ts';
import type { EnvironmentError } from '../support/errors.ts';

/** What could not be written may be where nothing can be deleted either. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The error that led here is told.
  }
}

/**
 * Writes a file such that it is whole at any moment: what it was before, or all of the text.
 * @param what what it holds, for errors.
 * @throws EnvironmentError when the disk does not take it; the file is then what it was before.
 */
export function writeWhole(file: string, text: string, what: string): void {
  const aside = `${file}.${process.pid}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(aside, text, { flush: true });
    renameSync(aside, file);
  } catch (error) {
    discard(aside);
    throw notWritten(file, what, error, Buffer.byteLength(text));
  }
}

/** The error of a file that is what it was before. */
export const notWritten = (
  file: string,
  what: string,
  error: unknown,
  bytes?: number,
): EnvironmentError =>
  notKept({
    who: 'bisect',
    ...{ what, file, bytes, error },
    remedy: `make room in ${dirname(file)} (\`npx crosspage bisect prune\` deletes what is old), then give the same command again: what came before is kept`,
  });
