// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** What is kept in a directory, and for how long. */
export interface Keeping {
  /** How many of the whole ones stay, those that were used last. */
  readonly newest: number;
  /** What was used within so long stays, however many there are. */
  readonly graceMs: number;
  /** Names of what is whole; what has such a name and more behind it was not finished. */
  readonly names: RegExp;
}

/** Of what is put aside to be deleted. */
const aside = '.gone-';

/**
 * Notes that a file or a directory is used now. Before it is looked at: what is deleted by
 * {@link dropLeastUsed} is gone then, or stays.
 */
export async function markUsed(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

async function usedMs(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

/**
 * Deletes `path`; whether it did. What was used since `limitMs` after all, between the look at it and
 * this, is put back.
 */
export async function dropUnlessUsed(path: string, limitMs: number): Promise<boolean> {
  const gone = `${path}${aside}${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, gone);
  } catch {
    return false; // Another process was quicker.
  }
  if (((await usedMs(gone)) ?? 0) > limitMs)
    // Put back, unless it has been made anew meanwhile.
    if (
      await rename(gone, path).then(
        () => true,
        () => false,
      )
    )
      return false;
  await rm(gone, { recursive: true, force: true });
  return true;
}

/**
 * Deletes what of a directory was not used for the longest time, and what was left unfinished.
 * Other processes may use the directory: what they marked is not deleted. Returns what went.
 */
export async function dropLeastUsed(
  directory: string,
  { newest, graceMs, names }: Keeping,
): Promise<string[]> {
  const limitMs = Date.now() - graceMs;
  const found: { path: string; used: number; whole: boolean }[] = [];
  for (const name of await readdir(directory).catch(() => [])) {
    const match = names.exec(name);
    const path = join(directory, name);
    const used = await usedMs(path);
    if (match?.index === 0 && used !== undefined)
      found.push({ path, used, whole: match[0] === name });
  }
  found.sort((a, b) => b.used - a.used);
  const whole = found.filter((one) => one.whole);
  const unfinished = found.filter((one) => !one.whole && !one.path.endsWith('.lock'));
  const gone: string[] = [];
  for (const { path, used } of [...whole.slice(newest), ...unfinished])
    if (used <= limitMs && (await dropUnlessUsed(path, limitMs))) gone.push(path);
  return gone;
}
