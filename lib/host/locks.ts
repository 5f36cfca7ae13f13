// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { type FileHandle, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Deadline } from '../support/deadline.ts';
import { pause } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';

/** Who holds a lock: written in the lock's file. */
interface Holder {
  readonly pid: number;
  /** When the process started, in the kernel's clock ticks: a pid that was used again differs. */
  readonly started: string;
  readonly host: string;
}

/** proc_pid_stat(5), field 22; the second field may hold spaces, so count from its end. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  // Of a process on another machine nothing is known: a shared directory may be locked by it.
  return holder.host !== hostname() || startOf(holder.pid) === holder.started;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const { pid, started, host } = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    if (pid === undefined || started === undefined || host === undefined) return undefined;
    return { pid, started, host };
  } catch {
    return undefined;
  }
}

async function tryTake(path: string): Promise<boolean> {
  const holder: Holder = {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    host: hostname(),
  };
  let file: FileHandle;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(JSON.stringify(holder));
    return true;
  } catch (error) {
    // A full disk: nobody would hold what is left.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Moves a dead holder's lock away; of two who try, one succeeds, and the other looks again. A lock
 * that somebody has taken since it was looked at is put back.
 */
async function breakStale(path: string): Promise<void> {
  const aside = `${path}.stale-${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const holder = await readHolder(aside);
  if (holder !== undefined && isAlive(holder)) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/** What to do while somebody else holds the lock. */
export interface LockOptions {
  readonly deadline: Deadline;
  /** Called once when there is a wait. */
  readonly onWait?: (pid: number) => void;
}

/**
 * Runs `work` while holding the lock file `path`: one process at a time. The lock of a process
 * that has died is taken over.
 * @throws EnvironmentError when the holder lives and keeps it beyond the deadline.
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let emptySightings = 0;
  let told = false;
  while (!(await tryTake(path))) {
    const holder = await readHolder(path);
    // An empty file is one that is just being written, unless it stays so.
    emptySightings = holder === undefined ? emptySightings + 1 : 0;
    if (holder === undefined ? emptySightings > 20 : !isAlive(holder)) {
      await breakStale(path);
      continue;
    }
    if (options.deadline.passed) throw stillHeld(path, holder);
    if (!told && holder !== undefined) options.onWait?.(holder.pid);
    told ||= holder !== undefined;
    await pause(50);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

function stillHeld(path: string, holder: Holder | undefined): EnvironmentError {
  const who =
    holder === undefined ? 'an unknown process' : `process ${holder.pid} on ${holder.host}`;
  return new EnvironmentError({
    who: path,
    what: `wanted this lock, but ${who} keeps it`,
    where: path,
    remedy: 'wait for that process, or end it; if it is no longer there, delete the file',
  });
}
