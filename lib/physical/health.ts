// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlockedError, EnvironmentError, messageOf } from '../support/errors.ts';
import { castsDoubtOnBoard } from './blame.ts';

/** `unknown` after a fault of the lab, until a check says more; `bad` when that failed. */
export type HealthState = 'good' | 'unknown' | 'bad';

interface Kept {
  readonly state: HealthState;
  readonly why: string;
  readonly since: string;
  /** The run that said so. */
  readonly run: string;
}

/**
 * Whether a board is to be trusted, kept across processes and runs: after a fault of the lab it is
 * not, until it has been proved well.
 */
export class BoardHealth {
  readonly #who: string;
  readonly #path: string;
  readonly #run: string;

  constructor(who: string, stateDirectory: string, run: string) {
    this.#who = who;
    this.#path = join(stateDirectory, `${who}.health.json`);
    this.#run = run;
  }

  /**
   * Returns when the board is to be trusted: proved by `check` where it was not.
   * @throws BlockedError when it is not, and for the rest of a run in which a check has failed.
   */
  async admit(check: () => Promise<void>): Promise<void> {
    const kept = await this.#read();
    if (kept === undefined || kept.state === 'good') return;
    if (kept.state === 'bad' && kept.run === this.#run) throw this.#blocked(kept);
    try {
      await check();
      await this.mark('good', '');
    } catch (error) {
      // What kept it from being checked says nothing of it.
      if (error instanceof EnvironmentError && !castsDoubtOnBoard(error)) throw error;
      await this.mark('bad', messageOf(error));
      throw this.#blocked(kept, error);
    }
  }

  /** Notes what is known from now on. */
  async mark(state: HealthState, why: string): Promise<void> {
    const kept: Kept = { state, why, since: new Date().toISOString(), run: this.#run };
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFile(`${this.#path}.new`, `${JSON.stringify(kept, undefined, 2)}\n`);
    await rename(`${this.#path}.new`, this.#path);
  }

  async #read(): Promise<Kept | undefined> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as Kept;
    } catch {
      return undefined;
    }
  }

  #blocked({ why, since }: Kept, cause?: unknown): BlockedError {
    return new BlockedError(
      {
        who: this.#who,
        what: `is not to be trusted since a fault of the lab at ${since}`,
        lastSeen: why,
        where: this.#path,
        remedy: `run \`npx crosspage doctor --board ${this.#who}\`, which tells what is wrong`,
      },
      cause === undefined ? {} : { cause },
    );
  }
}
