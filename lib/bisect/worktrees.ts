// SPDX-License-Identifier: Apache-2.0
import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * What a repository knows of a worktree: its directory below `.git/worktrees`, where both point to each
 * other (gitrepository-layout(5)).
 */
function recordOf(worktree: string): string | undefined {
  try {
    const [, there = ''] =
      /^gitdir: (.*)$/m.exec(readFileSync(join(worktree, '.git'), 'utf8')) ?? [];
    // Either may be relative to where it is written (git-config(1), worktree.useRelativePaths).
    const record = resolve(worktree, there);
    if (basename(dirname(record)) !== 'worktrees') return undefined;
    const back = readFileSync(join(record, 'gitdir'), 'utf8').trim();
    return resolve(record, back) === resolve(worktree, '.git') ? record : undefined;
  } catch {
    return undefined;
  }
}

/** As `git worktree remove` does once there is no other worktree. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Another worktree is recorded there.
  }
}

/** Removes a directory of ours, and what a repository knows of it, if it is a worktree; no other is touched. */
export function removeWorktree(directory: string): void {
  const record = recordOf(directory);
  if (record !== undefined) {
    rmSync(record, { recursive: true, force: true });
    removeEmpty(dirname(record));
  }
  rmSync(directory, { recursive: true, force: true });
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Trees below a directory whose process was killed, by their paths; those of one source, if named. */
export function abandonedTrees(state: string, source?: string): string[] {
  const names = existsSync(state) ? readdirSync(state) : [];
  return names.flatMap((name) => {
    const [, of, pid] = /^(xen-[0-9a-f]{12})-(\d+)$/.exec(name) ?? [];
    const wanted = of !== undefined && (source === undefined || of === source);
    return wanted && !lives(Number(pid)) ? [join(state, name)] : [];
  });
}

/** What runs that were killed have left among temporary files, by their paths. */
export function abandonedDirectories(temporary: string): string[] {
  const names = existsSync(temporary) ? readdirSync(temporary) : [];
  return names.flatMap((name) => {
    const [, pid] = /^crosspage-(?:mixture|ends)-(\d+)-\w{6}$/.exec(name) ?? [];
    if (pid === undefined || lives(Number(pid))) return [];
    const path = join(temporary, name);
    const info = lstatSync(path, { throwIfNoEntry: false });
    return info?.isDirectory() === true && info.uid === process.getuid?.() ? [path] : [];
  });
}
