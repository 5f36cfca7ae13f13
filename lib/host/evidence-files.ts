// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EnvironmentError, messageOf } from '../support/errors.ts';

async function orEnvironmentError(
  path: string,
  what: string,
  act: Promise<unknown>,
): Promise<void> {
  try {
    await act;
  } catch (error) {
    throw new EnvironmentError(
      {
        who: path,
        what: `${what}: ${messageOf(error)}`,
        remedy: `free space in ${dirname(path)}, or move the reports to another disk`,
      },
      { cause: error },
    );
  }
}

/**
 * Writes a file that says what was booted, or what became of it.
 * @throws EnvironmentError when the disk does not take it.
 */
export async function writeEvidence(
  path: string,
  content: string | Uint8Array,
  options: { readonly mode?: number } = {},
): Promise<void> {
  await orEnvironmentError(path, 'could not be written', writeFile(path, content, options));
}

/**
 * Makes a directory for files of a run, with those above it.
 * @throws EnvironmentError when that does not go.
 */
export async function makeDirectory(path: string): Promise<void> {
  await orEnvironmentError(path, 'could not be made', mkdir(path, { recursive: true }));
}
