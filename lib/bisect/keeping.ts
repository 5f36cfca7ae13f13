// SPDX-License-Identifier: Apache-2.0
/**
 * What bisections keep is bounded. Whoever began one that has not come to its end finds all that it
 * had: a session notes what it uses, and that is never deleted unless the user says so.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, utimesSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { MisuseError } from '../support/errors.ts';
import { dropUnlessUsed } from '../host/least-used.ts';
import { writeWhole } from './kept-file.ts';
import { abandonedDirectories, abandonedTrees, removeWorktree } from './worktrees.ts';

/** How much is kept, and for how long after it was last used. */
export interface Bounds {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

const dayMs = 24 * 60 * 60_000;

/** Unless the user says otherwise: 2 GiB, 90 days. */
export const defaultBounds: Bounds = { maxBytes: 2 * 1024 ** 3, maxAgeMs: 90 * dayMs };

const sessionSchema = z.object({
  schemaVersion: z.literal(1),
  command: z.string(),
  startedAt: z.string(),
  pid: z.number(),
  /** Paths below the directory. */
  uses: z.array(z.string()),
});

type SessionRecord = z.infer<typeof sessionSchema>;

const directoryOf = (state: string): string => join(state, 'unfinished');

/** A bisection that is under way, or was interrupted and goes on when its command is given again. */
export class Session {
  readonly #state: string;
  readonly #file: string;
  #record: SessionRecord;

  private constructor(state: string, file: string, record: SessionRecord) {
    this.#state = state;
    this.#file = file;
    this.#record = record;
  }

  /**
   * Begins a session, or goes on with that of the same command.
   * @throws MisuseError while another process is at it; EnvironmentError when it cannot be written.
   */
  static open(state: string, command: string): Session {
    const name = createHash('sha256').update(command).digest('hex').slice(0, 12);
    const file = join(directoryOf(state), `${name}.json`);
    const before = readSession(file);
    if (before !== undefined && before.pid !== process.pid && bisects(before.pid))
      throw new MisuseError({
        who: command,
        what: `is under way since ${before.startedAt}, as process ${before.pid}`,
        where: file,
        remedy: 'wait until it has ended: then the same command answers from what it found',
      });
    const uses = before?.uses ?? [];
    const startedAt = new Date().toISOString();
    const record = { schemaVersion: 1 as const, command, startedAt, pid: process.pid, uses };
    const session = new Session(state, file, record);
    session.#write();
    return session;
  }

  /** Notes that a file or directory is used: it stays until the session has ended. */
  use(path: string): void {
    const now = new Date();
    if (existsSync(path)) utimesSync(path, now, now);
    const below = relative(this.#state, path);
    if (this.#record.uses.includes(below)) return;
    this.#record = { ...this.#record, uses: [...this.#record.uses, below] };
    this.#write();
  }

  /** There is nothing left to go on with. */
  finish(): void {
    rmSync(this.#file, { force: true });
    try {
      rmdirSync(directoryOf(this.#state));
    } catch {
      // Others are under way.
    }
  }

  #write(): void {
    writeWhole(this.#file, `${JSON.stringify(this.#record)}\n`, 'what a bisection uses');
  }
}

function readSession(file: string): SessionRecord | undefined {
  try {
    return sessionSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Something that is kept. */
interface Kept {
  readonly path: string;
  readonly bytes: number;
  readonly usedMs: number;
}

/** Bytes on disk of a file, or of a directory with all in it. */
async function bytesOf(path: string): Promise<number> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined) return 0;
  if (!info.isDirectory()) return info.size;
  const entries = await readdir(path).catch(() => []);
  let sum = 0;
  for (const entry of entries) sum += await bytesOf(join(path, entry));
  return sum;
}

/** What is kept, each whole: nothing of somebody else's, should there be any. */
const places: readonly (readonly [below: string, names: RegExp])[] = [
  // With what a run that was killed as it wrote has left beside a file.
  ['.', /^(?:xen-)?[0-9a-f]{12}(?:\.json(?:\.lock|\.\d+\.new)?)?$|^apt$/],
  ['xen-builds', /^(?:deb-)?[0-9a-f]{16}$/],
  ['xen-evidence', /^[0-9a-f]{12}$/],
];

async function keptIn(state: string): Promise<Kept[]> {
  const found: Kept[] = [];
  for (const [below, names] of places)
    for (const name of await readdir(join(state, below)).catch(() => [])) {
      const path = join(state, below, name);
      if (!names.test(name)) continue;
      const usedMs = (await lstat(path).catch(() => undefined))?.mtimeMs;
      if (usedMs !== undefined) found.push({ path, bytes: await bytesOf(path), usedMs });
    }
  return found.sort((a, b) => a.usedMs - b.usedMs);
}

/** A bisection that may go on. */
export interface Unfinished {
  readonly command: string;
  readonly startedAt: string;
}

/** What was deleted, and what is kept. */
export interface Pruned {
  readonly gone: readonly { readonly path: string; readonly bytes: number }[];
  readonly keptBytes: number;
  /** Whose files were kept whatever the bounds. */
  readonly unfinished: readonly Unfinished[];
}

/** How to prune. */
export interface PruneOptions extends Bounds {
  /** Forget bisections that have not come to their end too, but for those that run. */
  readonly unfinished?: boolean;
  /** Delete nothing, and say what would be. */
  readonly dryRun?: boolean;
  /** Where runs that were killed may have left directories; undefined: it is not looked for. */
  readonly temporary?: string;
}

function sessionsOf(state: string): { readonly file: string; readonly record: SessionRecord }[] {
  const directory = directoryOf(state);
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names.flatMap((name) => {
    const file = join(directory, name);
    const record = readSession(file);
    return record === undefined ? [] : [{ file, record }];
  });
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process is there and is a bisection: the number of one that is gone is given out again. */
function bisects(pid: number): boolean {
  if (!runs(pid)) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bisect');
  } catch {
    // A system without /proc: that it is there has to do.
    return true;
  }
}

/** Deletes what is too old, then what was not used for the longest time, until the rest is small enough. */
export async function prune(state: string, options: PruneOptions): Promise<Pruned> {
  const { maxBytes, maxAgeMs, unfinished = false, dryRun = false, temporary } = options;
  const sessions = sessionsOf(state);
  const open = sessions.filter(({ record }) => !unfinished || runs(record.pid));
  if (!dryRun)
    for (const one of sessions) if (!open.includes(one)) await rm(one.file, { force: true });
  const held = new Set(open.flatMap(({ record }) => record.uses.map((path) => join(state, path))));
  const kept = await keptIn(state);
  const startMs = Date.now();
  let left = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  const gone: Pick<Kept, 'path' | 'bytes'>[] = [];
  const leftBehind = [
    ...abandonedTrees(state),
    ...(temporary === undefined ? [] : abandonedDirectories(temporary)),
  ];
  for (const path of leftBehind) {
    gone.push({ path, bytes: await bytesOf(path) });
    if (!dryRun) removeWorktree(path);
  }
  for (const one of kept) {
    const tooOld = startMs - one.usedMs > maxAgeMs;
    if (held.has(one.path) || (!tooOld && left <= maxBytes)) continue;
    if (!dryRun && !(await dropUnlessUsed(one.path, one.usedMs))) continue;
    gone.push(one);
    left -= one.bytes;
  }
  return {
    gone,
    keptBytes: left,
    unfinished: open.map(({ record: { command, startedAt } }) => ({ command, startedAt })),
  };
}
