// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { identify, type ProcessIdentity } from '../host/process-identity.ts';
import { pause } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import { describeHolder, holderBy, type LeaseRecord, makeLease, mayUseWithin } from './lease.ts';
import { LeaseLog } from './lease-log.ts';
import { LocalLease } from './local-lease.ts';
import type { BoardFilter, Reservation, Waiting } from './reservation.ts';

/** How long a lease lasts of which nobody can see whether its holder lives; renewed until then. */
const leaseMs = 120_000;
const lookAgainMs = 100;

/** What a test, or a station that holds a board for others, may choose. */
export interface LocalReservationOptions {
  readonly leaseMs?: number;
  /** Whose end frees the board. Default: this process. */
  readonly process?: ProcessIdentity;
}

/** Leases in files, between the processes and users of one machine. */
export class LocalReservation implements Reservation {
  readonly #directory: string;
  readonly #leaseMs: number;
  readonly #process: ProcessIdentity | undefined;

  constructor(stateDirectory: string, options: LocalReservationOptions = {}) {
    this.#directory = join(stateDirectory, 'leases');
    this.#leaseMs = options.leaseMs ?? leaseMs;
    this.#process = options.process ?? identify();
  }

  holderOf(board: string): Promise<LeaseRecord | undefined> {
    return Promise.resolve(board).then((name) => holderBy(this.#log(name).newest().record));
  }

  async acquire({ boards }: BoardFilter, wait: Waiting): Promise<LocalLease> {
    const told = new Map<string, string>();
    for (;;) {
      const holders = new Map<string, LeaseRecord>();
      for (const board of boards) {
        const taken = this.#take(board, wait);
        if (taken instanceof LocalLease) return taken;
        if (taken !== undefined) holders.set(board, taken);
      }
      if (wait.deadline.passed) throw this.#busy(holders, wait);
      for (const [board, holder] of holders) {
        if (told.get(board) === holder.id) continue;
        told.set(board, holder.id);
        wait.onWait?.(board, describeHolder(holder));
      }
      await pause(Math.min(lookAgainMs, wait.deadline.leftMs));
    }
  }

  /**
   * Reserves a board for a person: it stays reserved when this process ends, until it expires or is
   * released. Runs of the same person may use it.
   * @throws EnvironmentError when somebody has it.
   */
  reserve(board: string, purpose: string, durationMs: number): LeaseRecord {
    const log = this.#log(board);
    log.prepare();
    for (;;) {
      const seen = log.newest();
      const holder = holderBy(seen.record);
      const own = holder !== undefined && mayUseWithin(holder);
      if (holder !== undefined && !own) throw this.#held(board, holder);
      const record = makeLease({ purpose, durationMs, process: undefined });
      if (log.append(seen, record)) return record;
    }
  }

  /**
   * Gives a board back, whoever has it: with `force` also what a run or another person holds.
   * @returns who had it, if somebody had.
   * @throws EnvironmentError when it is somebody else's, and not forced.
   */
  free(board: string, force: boolean): LeaseRecord | undefined {
    const log = this.#log(board);
    for (;;) {
      const seen = log.newest();
      const holder = holderBy(seen.record);
      if (holder === undefined) return undefined;
      if (!force && !mayUseWithin(holder)) throw this.#held(board, holder, true);
      if (log.append(seen, undefined)) return holder;
    }
  }

  #log(board: string): LeaseLog {
    return new LeaseLog(join(this.#directory, encodeURIComponent(board)));
  }

  /** The lease, or who has the board; undefined when two met, and it is to be tried again. */
  #take(board: string, { purpose, station }: Waiting): LocalLease | LeaseRecord | undefined {
    const log = this.#log(board);
    log.prepare();
    const seen = log.newest();
    const holder = holderBy(seen.record);
    const within = holder !== undefined && mayUseWithin(holder) ? holder : undefined;
    if (holder !== undefined && within === undefined) return holder;
    const record = makeLease({
      purpose,
      durationMs: this.#leaseMs,
      process: this.#process,
      within,
      station,
    });
    return log.append(seen, record) ? new LocalLease(board, log, record, this.#leaseMs) : undefined;
  }

  #busy(holders: ReadonlyMap<string, LeaseRecord>, { deadline, purpose }: Waiting): Error {
    const names = [...holders.keys()].join(', ');
    const [first, ...others] = holders.values();
    // A summary shows this line alone.
    const by = first && others.length === 0 ? `; it is held by ${describeHolder(first)}` : '';
    return new EnvironmentError({
      who: names === '' ? 'the lab' : names,
      what: `no board was free for ${purpose}${by}`,
      reached: `waited ${Math.round(deadline.budgetMs / 1000)} s`,
      lastSeen: [...holders]
        .map(([name, holder]) => `${name}: ${describeHolder(holder)}`)
        .join('\n'),
      remedy: 'wait longer, or ask the holder; `npx crosspage lab list` shows who has what',
    });
  }

  #held(board: string, holder: LeaseRecord, mayForce = false): Error {
    return new EnvironmentError({
      who: board,
      what: 'is held by somebody else',
      lastSeen: describeHolder(holder),
      remedy: mayForce
        ? 'ask them; --force takes it away, and ends what they run'
        : 'ask them; `npx crosspage lab release --force` takes it away',
    });
  }
}
