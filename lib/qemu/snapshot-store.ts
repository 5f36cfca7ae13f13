// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropLeastUsed, type Keeping, markUsed } from '../host/least-used.ts';
import { withLock } from '../host/locks.ts';
import type { Deadline } from '../support/deadline.ts';
import type { SavedMachine } from './argv.ts';

/** Raised when a change of the code changes what a saved machine is. */
const revision = 1;

/**
 * What stays when another is saved: more than a run of the suite needs, and all that a run uses now. A
 * saved machine is some 200 MiB, and each change of what goes into one makes another.
 */
const keeping: Keeping = { newest: 16, graceMs: 3_600_000, names: /^[0-9a-f]{16}/ };

/** Names of the files of a saved machine, in its directory. */
export const savedFiles = { ram: 'ram', state: 'state', record: 'snapshot.json' } as const;

/** What a file was when it was whole. */
interface FileFacts {
  readonly size: number;
  /** Nobody writes it afterwards: another time is another content. */
  readonly mtimeMs: number;
}

/** snapshot.json: written last. */
interface SnapshotRecord {
  readonly identity: string;
  readonly ram: FileFacts;
  readonly state: FileFacts & { readonly sha256: string };
}

const factsOf = (path: string): FileFacts => {
  const { size, mtimeMs } = statSync(path);
  return { size, mtimeMs };
};

const same = (a: FileFacts, b: FileFacts): boolean => a.size === b.size && a.mtimeMs === b.mtimeMs;

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/**
 * Saved machines by all that they depend on. Each is made once, under a lock, in a directory of
 * another name that is renamed when all is there, and held against its record on each use: one
 * that is stale, half-written or was changed is made anew. Those that nobody uses any more are
 * deleted when another is made.
 */
export class SnapshotStore {
  readonly #directory: string;
  readonly #keeping: Keeping;

  /** `keep` says how many stay, if it is not the usual number. */
  constructor(directory: string, keep: Partial<Keeping> = {}) {
    this.#directory = directory;
    this.#keeping = { ...keeping, ...keep };
  }

  /**
   * The saved machine of that identity. `make` saves it into a directory where there is none.
   * @throws EnvironmentError when another process makes it for longer than the deadline; what
   * `make` throws, and nothing is kept then.
   */
  async take(
    identity: string,
    deadline: Deadline,
    make: (directory: string) => Promise<void>,
  ): Promise<SavedMachine> {
    const key = sha256(JSON.stringify([revision, identity])).slice(0, 16);
    const directory = join(this.#directory, key);
    const saved = {
      ram: join(directory, savedFiles.ram),
      state: join(directory, savedFiles.state),
    };
    await markUsed(directory);
    if (isWhole(directory, identity)) return saved;
    const lock = join(this.#directory, `${key}.lock`);
    return withLock(lock, { deadline }, async () => {
      if (isWhole(directory, identity)) return saved;
      const partial = `${directory}.partial`;
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial, { recursive: true });
      try {
        await make(partial);
        await seal(partial, identity);
      } catch (error) {
        await rm(join(partial, savedFiles.ram), { force: true });
        throw error;
      }
      await rm(directory, { recursive: true, force: true });
      await rename(partial, directory);
      // What cannot be deleted now is tried again next time.
      await dropLeastUsed(this.#directory, this.#keeping).catch(() => undefined);
      return saved;
    });
  }
}

/** Has the kernel write a file to the disk: after a crash it is whole, or has no record. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}

/** Writes the record of what is there. */
async function seal(directory: string, identity: string): Promise<void> {
  const at = (name: keyof typeof savedFiles): string => join(directory, savedFiles[name]);
  for (const name of ['ram', 'state'] as const) {
    await chmod(at(name), 0o444);
    await sync(at(name));
  }
  const record: SnapshotRecord = {
    identity,
    ram: factsOf(at('ram')),
    state: { ...factsOf(at('state')), sha256: sha256(readFileSync(at('state'))) },
  };
  await writeFile(at('record'), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Whether a saved machine is all there, unchanged, and of this identity. */
function isWhole(directory: string, identity: string): boolean {
  try {
    const text = readFileSync(join(directory, savedFiles.record), 'utf8');
    const record = JSON.parse(text) as SnapshotRecord;
    const state = join(directory, savedFiles.state);
    return (
      record.identity === identity &&
      same(record.ram, factsOf(join(directory, savedFiles.ram))) &&
      same(record.state, factsOf(state)) &&
      record.state.sha256 === sha256(readFileSync(state))
    );
  } catch {
    return false;
  }
}
