// SPDX-License-Identifier: Apache-2.0
import {
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError, messageOf } from '../support/errors.ts';

/** What went wrong with a file that outlives this process. */
export function stateError(path: string, what: string, error: unknown): EnvironmentError {
  return new EnvironmentError(
    {
      who: path,
      what: `${what}: ${messageOf(error)}`,
      remedy: `make room in ${dirname(path)}, and see that you may write there; or name another stateDirectory in the lab file`,
    },
    { cause: error },
  );
}

/**
 * Makes a directory of what is kept between runs, with the mode of the one above it: where several
 * users share a lab, all that is below the directory that they share has to be theirs too.
 */
export function makeStateDirectory(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeStateDirectory(above);
  try {
    mkdirSync(path);
    const mode = statSync(above).mode & 0o7777;
    if ((mode & 0o020) !== 0) chmodSync(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw stateError(path, 'could not be made', error);
  }
}

/** Writes a file whole or not at all, whenever this process is killed. */
export function replaceFile(path: string, content: string): void {
  const aside = `${path}.${process.pid}.new`;
  try {
    writeFileSync(aside, content);
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw stateError(path, 'could not be written', error);
  }
}
