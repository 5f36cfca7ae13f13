// SPDX-License-Identifier: Apache-2.0
import type { Transport } from '../console/console.ts';
import type { Deadline } from '../support/deadline.ts';

/** Whether the far end of a line is there. */
export type LineState = 'open' | 'gone';

/** A console's line. Its bytes are read from the moment it is open, whether anybody listens or not. */
export interface SerialLine extends Transport, AsyncDisposable {
  /** `/dev/serial/by-id/…`, `tcp://host:port`, `rfc2217://host:port`. */
  readonly name: string;
  readonly state: LineState;
  /** Whether it is opened again when its far end was away: `transient` in the lab file. */
  readonly comesBack: boolean;
  /** Calls `listener` with each piece that comes from now on. */
  onData(listener: (chunk: Uint8Array) => void): () => void;
  /**
   * Queues `bytes`, paced as the line was opened to. What is written while the line is gone is
   * lost, as it is on a wire.
   */
  write(bytes: Uint8Array): void;
  /**
   * Settles when everything that was written so far is handed over or lost.
   * @throws EnvironmentError when the far end does not take it in time.
   */
  drained(deadline: Deadline): Promise<void>;
  /**
   * Calls `listener` when the device goes away, with the reason, and when it is there again. A
   * line that is not transient goes once and for good.
   */
  onState(listener: (state: LineState, why?: Error) => void): () => void;
  /** Closes it; idempotent. */
  dispose(): Promise<void>;
}

/** How bytes are handed out, for a receiver that loses what comes too fast. */
export interface Pacing {
  /** Bytes at once. */
  readonly chunk: number;
  /** Milliseconds from one chunk to the next. */
  readonly delayMs: number;
}

interface Common {
  readonly pacing?: Pacing | undefined;
  /** Whether it comes and goes with the board's power: it is waited for, and opened again. */
  readonly transient?: boolean | undefined;
}

/** A serial port of this machine; 8 data bits, no parity, one stop bit. */
export interface SerialPortSpec extends Common {
  readonly kind: 'serial';
  /** `/dev/serial/by-id/…` or `by-path`, which do not change when the port is plugged in again. */
  readonly path: string;
  readonly baud: number;
  /** The modem lines, left alone when undefined. */
  readonly dtr?: boolean | undefined;
  readonly rts?: boolean | undefined;
  readonly flow?: 'none' | 'rtscts' | undefined;
}

/** Raw bytes over TCP, as ser2net and conserver offer them. */
export interface TcpLineSpec extends Common {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** A serial port behind a telnet server that knows RFC 2217. */
export interface Rfc2217Spec extends Common {
  readonly kind: 'rfc2217';
  readonly host: string;
  readonly port: number;
  readonly baud: number;
  readonly dtr?: boolean | undefined;
  readonly rts?: boolean | undefined;
}

/** Where a console's line is, and how it is set. */
export type LineSpec = SerialPortSpec | TcpLineSpec | Rfc2217Spec;

/** The line as people name it. */
export function lineName(spec: LineSpec): string {
  return spec.kind === 'serial' ? spec.path : `${spec.kind}://${spec.host}:${spec.port}`;
}
