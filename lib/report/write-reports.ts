// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EnvironmentError, messageOf } from '../support/errors.ts';

/** What a reader finds is the whole file, or the file of before, or none. */
function replace(path: string, make: (temporary: string) => void): void {
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  rmSync(temporary, { force: true });
  try {
    make(temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function attempt(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new EnvironmentError(
      {
        who: 'report',
        what: `${path} could not be written: ${messageOf(error)}`,
        remedy: 'make room on the disk and the directory writable; the tests have to run again',
      },
      { cause: error },
    );
  }
}

/**
 * Writes the reports of a run into its directory, each of them atomically.
 * @throws EnvironmentError for a full disk, a directory that is not writable, and the like.
 */
export function writeReports(directory: string, files: Readonly<Record<string, string>>): void {
  attempt(directory, () => mkdirSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    attempt(path, () => {
      replace(path, (temporary) => {
        writeFileSync(temporary, text, { flush: true });
      });
    });
  }
}

/**
 * Lets `latest`, beside the run's directory, point to it.
 * @throws EnvironmentError where that cannot be, as when `latest` is a directory.
 */
export function pointLatest(directory: string): string {
  const latest = join(dirname(directory), 'latest');
  attempt(latest, () => {
    replace(latest, (temporary) => {
      symlinkSync(basename(directory), temporary);
    });
  });
  return latest;
}
