// SPDX-License-Identifier: Apache-2.0
import type { Deadline } from '../support/deadline.ts';

/** The far end of a line while it is there. */
export interface Connection {
  /** Settles when the bytes are handed over; rejects when they cannot be. */
  send(bytes: Uint8Array): Promise<void>;
  /** Closes it without telling `gone`. */
  close(): Promise<void>;
}

/** What a connection tells its line. */
export interface ConnectionEvents {
  data(chunk: Uint8Array): void;
  /** Once, when the far end went away by itself. */
  gone(why: Error): void;
}

/** How a line reaches its far end, each time anew. */
export interface Connector {
  /** @throws EnvironmentError when the far end is missing, held by another, or refuses. */
  connect(events: ConnectionEvents, deadline: Deadline): Promise<Connection>;
  /** Settles when it is worth trying again, or when `signal` is aborted. */
  maybeBack(signal: AbortSignal): Promise<void>;
}
