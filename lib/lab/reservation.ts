// SPDX-License-Identifier: Apache-2.0
import type { Deadline } from '../support/deadline.ts';
import type { LeaseRecord } from './lease.ts';

/** Which boards would do. */
export interface BoardFilter {
  /** Names, the preferred one first. */
  readonly boards: readonly string[];
}

/** For what a board is wanted, and how long it may be waited for. */
export interface Waiting {
  readonly purpose: string;
  readonly deadline: Deadline;
  /** Where the board's consoles may be watched while it is held: {@link LeaseRecord.station}. */
  readonly station?: string;
  /** Told when the wait begins, and when another holds the board: `ana since 14:02, ...`. */
  readonly onWait?: (board: string, holder: string) => void;
}

/** A board that is held. */
export interface Lease extends AsyncDisposable {
  readonly board: string;
  readonly record: LeaseRecord;
  /** Holds it for longer. @throws EnvironmentError when it was lost. */
  renew(): Promise<void>;
  /** Gives it back; does nothing when it was lost or given back. */
  release(): Promise<void>;
  /** Called once, at once, when the lease is taken away. Gives a function that stops listening. */
  onLost(listener: (error: Error) => void): () => void;
}

/**
 * Who has which board: one holder at a time. That of one machine is LocalReservation; a coordinator
 * on the network has the same shape.
 */
export interface Reservation {
  /** @throws EnvironmentError when no board of the filter is free by the deadline: with who has it. */
  acquire(filter: BoardFilter, wait: Waiting): Promise<Lease>;
  /** Who holds the board now. */
  holderOf(board: string): Promise<LeaseRecord | undefined>;
}
