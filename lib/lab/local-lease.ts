// SPDX-License-Identifier: Apache-2.0
import { type FSWatcher, watch } from 'node:fs';
import { EnvironmentError } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import { describeHolder, endAfter, holderBy, type LeaseRecord } from './lease.ts';
import type { LeaseLog } from './lease-log.ts';
import type { Lease } from './reservation.ts';

/** How often the record is looked at besides being told of changes: some file systems tell none. */
const lookMs = 1000;

/** A board that this process holds: renews itself, and notices when it is taken away. */
export class LocalLease implements Lease {
  readonly board: string;
  readonly #log: LeaseLog;
  readonly #durationMs: number;
  readonly #lost = new Fate();
  readonly #watcher: FSWatcher | undefined;
  readonly #timers: NodeJS.Timeout[];
  #record: LeaseRecord;
  #released = false;

  constructor(board: string, log: LeaseLog, record: LeaseRecord, durationMs: number) {
    this.board = board;
    this.#log = log;
    this.#record = record;
    this.#durationMs = durationMs;
    this.#watcher = this.#watch();
    this.#timers = [
      setInterval(() => {
        this.#look();
      }, lookMs),
      setInterval(() => {
        this.#tryRenew();
      }, durationMs / 3),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  get record(): LeaseRecord {
    return this.#record;
  }

  renew(): Promise<void> {
    return Promise.resolve().then(() => {
      this.#renew();
    });
  }

  release(): Promise<void> {
    return Promise.resolve().then(() => {
      this.#end();
      // What a run held within a person's reservation goes back to the person.
      for (;;) {
        const seen = this.#log.newest();
        if (seen.record?.id !== this.#record.id) return;
        if (this.#log.append(seen, holderBy(this.#record.within))) return;
      }
    });
  }

  onLost(listener: (error: Error) => void): () => void {
    return this.#lost.onDoom(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  #watch(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#log.directory, { persistent: false }, () => {
        this.#look();
      });
      watcher.on('error', () => undefined);
      return watcher;
    } catch {
      // No more watches are to be had: the timer looks.
      return undefined;
    }
  }

  #look(): void {
    if (this.#released || this.#lost.error !== undefined) return;
    let newest: LeaseRecord | undefined;
    try {
      newest = this.#log.newest().record;
    } catch (error) {
      this.#lose(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (newest?.id !== this.#record.id) this.#lose(this.#takenBy(newest));
  }

  #renew(): void {
    this.#look();
    this.#lost.check();
    if (this.#released) return;
    const seen = this.#log.newest();
    const record = { ...this.#record, ...endAfter(this.#durationMs) };
    if (seen.record?.id === record.id && this.#log.append(seen, record)) this.#record = record;
    else this.#look();
    this.#lost.check();
  }

  #tryRenew(): void {
    try {
      this.#renew();
    } catch (error) {
      this.#lose(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #lose(error: Error): void {
    this.#end();
    this.#lost.doom(error);
  }

  #end(): void {
    this.#released = true;
    this.#watcher?.close();
    for (const timer of this.#timers) clearInterval(timer);
  }

  #takenBy(other: LeaseRecord | undefined): EnvironmentError {
    const who = other === undefined ? 'it was released by somebody else' : describeHolder(other);
    return new EnvironmentError({
      who: this.board,
      what: `the board was taken away from this run`,
      lastSeen: other === undefined ? who : `held by ${who}`,
      where: this.#log.directory,
      remedy: 'ask them; run this again when `npx crosspage lab list` shows the board free',
    });
  }
}
