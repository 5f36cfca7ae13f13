// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../host/locks.ts';
import type { Deadline } from '../support/deadline.ts';
import type { SavedMachine } from './argv.ts';

/** Raised when a change of the code changes what a saved machine is. */
const revision = 1;

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
 * that is stale, half-written or was changed is made anew.
 */
export class SnapshotStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
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
      return saved;
    });
  }
}

/** Writes the record of what is there. */
async function seal(directory: string, identity: string): Promise<void> {
  const at = (name: keyof typeof savedFiles): string => join(directory, savedFiles[name]);
  await chmod(at('ram'), 0o444);
  await chmod(at('state'), 0o444);
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
