// SPDX-License-Identifier: Apache-2.0
import { connect, type Socket } from 'node:net';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { Connection, ConnectionEvents, Connector } from './connection.ts';
import { pauseUnless } from './pause-unless.ts';
import { MissingLine } from './reopening-line.ts';

const againMs = 250;
/** A server's host that vanished is noticed after this. */
const keepAliveMs = 5000;

/** Where a server of lines listens. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * A socket connected to a server of lines.
 * @throws EnvironmentError when nobody listens there, or nobody answers in time.
 */
export async function connectSocket(
  who: string,
  { host, port }: ServerAddress,
  deadline: Deadline,
): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  socket.setKeepAlive(true, keepAliveMs);
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const missing = (what: string, cause?: unknown): EnvironmentError =>
    new MissingLine(
      {
        who,
        what: `${host}:${port} ${what}`,
        remedy: 'look whether the server of the lines runs there, and correct host and port',
      },
      { cause },
    );
  try {
    await deadline.bound(connected, () =>
      missing(`did not answer within ${deadline.budgetMs.toFixed(0)} ms`),
    );
  } catch (error) {
    socket.destroy();
    if (error instanceof EnvironmentError) throw error;
    throw missing(`cannot be reached: ${(error as Error).message}`, error);
  }
  return socket;
}

/** Calls `gone` once, when the socket ends by itself. */
export function watchSocket(socket: Socket, gone: (why: Error) => void): void {
  let why: Error | undefined;
  socket.on('error', (error) => (why = error));
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    gone(why ?? new Error('the server closed the connection'));
  });
}

export function sendOn(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

export function endSocket(socket: Socket): Promise<void> {
  socket.removeAllListeners('close');
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    socket.once('close', () => {
      resolve();
    });
    socket.destroy();
  });
}

/** A server that went away is asked again after a while. */
export function askAgain(signal: AbortSignal): Promise<void> {
  return pauseUnless(signal, againMs);
}

/** Raw bytes over TCP. */
export function tcpConnector(who: string, address: ServerAddress): Connector {
  return {
    connect: async (events: ConnectionEvents, deadline): Promise<Connection> => {
      const socket = await connectSocket(who, address, deadline);
      socket.on('data', (chunk: Buffer) => {
        events.data(chunk);
      });
      watchSocket(socket, (why) => {
        events.gone(why);
      });
      return { send: (bytes) => sendOn(socket, bytes), close: () => endSocket(socket) };
    },
    maybeBack: askAgain,
  };
}
