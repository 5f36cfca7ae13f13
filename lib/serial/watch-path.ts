// SPDX-License-Identifier: Apache-2.0
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How often a path is looked at where the kernel reports nothing about its directory. */
const lookMs = 100;

/** The device number behind `path`; undefined when there is none. */
export async function deviceAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => (found.isCharacterDevice() ? found.rdev : undefined),
    () => undefined,
  );
}

function nearestDirectory(path: string): string {
  let directory = dirname(path);
  while (!existsSync(directory)) directory = dirname(directory);
  return directory;
}

/**
 * Calls `look` when something changed near `path`, and now and then in any case: a directory may
 * appear with the device, and devpts reports nothing. Returns how to stop it.
 */
export function nearPath(path: string, look: () => void): () => void {
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(nearestDirectory(path), { persistent: false }, look);
    watcher.on('error', () => watcher?.close());
  } catch {
    // Too many watches on this host: looking now and then is enough.
  }
  const timer = setInterval(look, lookMs);
  return () => {
    watcher?.close();
    clearInterval(timer);
  };
}

/** Settles when there is a device at `path`, or when `signal` is aborted. */
export async function deviceAppears(path: string, signal: AbortSignal): Promise<void> {
  let stop = (): void => undefined;
  let done = (): void => undefined;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      void deviceAt(path).then((device) => {
        if (device !== undefined) resolve();
      });
    };
    stop = nearPath(path, look);
    done = resolve;
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
    look();
  });
  signal.removeEventListener('abort', done);
  stop();
}
