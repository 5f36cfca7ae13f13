// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeStateDirectory, stateError } from '../host/state-directory.ts';
import type { LeaseRecord } from './lease.ts';

/** How long a record that cannot be read keeps a board: nothing is known of its holder. */
const unreadableMs = 600_000;

/** The newest record of a board, and its number. */
export interface LeaseEntry {
  readonly number: number;
  /** Undefined when the board was given back. */
  readonly record: LeaseRecord | undefined;
}

/**
 * The leases of one board, one file each, numbered; the highest counts. A new one is put there by
 * link(2), which fails if the number is taken: of two who saw the same, one succeeds. There is no
 * lock that a crash could leave behind, and no file is ever half written.
 */
export class LeaseLog {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the directory. @throws EnvironmentError when that does not go. */
  prepare(): void {
    makeStateDirectory(this.directory);
  }

  /** The newest entry; number 0 where there never was one. */
  newest(): LeaseEntry {
    // A file may be deleted between the look at the directory and the read: then there is a newer.
    for (let look = 0; ; look++) {
      const number = Math.max(0, ...this.#numbers());
      if (number === 0) return { number, record: undefined };
      try {
        return { number, record: this.#read(number) };
      } catch (error) {
        if (look < 100 && (error as NodeJS.ErrnoException).code === 'ENOENT') continue;
        throw stateError(this.directory, 'could not be read', error);
      }
    }
  }

  /** Puts `record` behind `seen`. Whether nobody else had put another one there. */
  append(seen: LeaseEntry, record: LeaseRecord | undefined): boolean {
    const number = seen.number + 1;
    const aside = join(this.directory, `new-${randomUUID()}`);
    try {
      writeFileSync(aside, `${JSON.stringify(record ?? null)}\n`);
      linkSync(aside, this.#path(number));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw stateError(this.directory, 'a lease could not be written', error);
    } finally {
      rmSync(aside, { force: true });
    }
    const numbers = this.#numbers();
    if (numbers.some((other) => other > number)) {
      // What was seen is long over: its successors were deleted, and this number with them.
      rmSync(this.#path(number), { force: true });
      return false;
    }
    for (const old of numbers) if (old < number) this.#delete(old);
    return true;
  }

  #path(number: number): string {
    return join(this.directory, String(number));
  }

  #numbers(): number[] {
    try {
      return readdirSync(this.directory)
        .filter((name) => /^\d+$/.test(name))
        .map(Number);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw stateError(this.directory, 'could not be read', error);
    }
  }

  #read(number: number): LeaseRecord | undefined {
    const text = readFileSync(this.#path(number), 'utf8');
    try {
      const value = JSON.parse(text) as LeaseRecord | null;
      if (value === null) return undefined;
      if (typeof value.id === 'string' && typeof value.expiresMs === 'number') return value;
    } catch {
      // Told below: it holds until it expires.
    }
    const sinceMs = statSync(this.#path(number)).mtimeMs;
    const unknown = { user: 'somebody unknown', host: 'unknown', purpose: 'an unknown purpose' };
    const end = { expiresMs: sinceMs + unreadableMs, boot: '', expiresBootMs: 0 };
    return { id: '', ...unknown, sinceMs, ...end };
  }

  #delete(number: number): void {
    try {
      rmSync(this.#path(number), { force: true });
    } catch {
      // Another user's, in a directory where only its owner may delete it: it does no harm.
    }
  }
}
