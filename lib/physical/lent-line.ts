// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Connection, ConnectionEvents, Connector } from '../serial/connection.ts';
import { Deadline } from '../support/deadline.ts';
import { messageOf } from '../support/errors.ts';
import { type Asked, askStation, isAlive, refusalAt } from './ask-station.ts';
import { BoardLost } from './blame.ts';
import { logOf } from './station-files.ts';

/** How long a station may take to let go of a line: one that hangs keeps nobody. */
const partMs = 5000;

/** A device that went away may be away for as long as it likes: who waits for it gives up. */
const patienceMs = 24 * 3_600_000;

async function whyGone(who: string, path: string): Promise<Error> {
  const refusal = await refusalAt(path);
  if (refusal !== undefined) return new BoardLost(refusal);
  if (await isAlive(path)) return new Error('its far end went away');
  return new BoardLost({
    who,
    what: 'its station has ended in the middle of the run',
    where: logOf(path),
    remedy: 'see whether the run, or the station itself, was killed',
  });
}

function connectionOf(socket: Socket, gone: () => void): Connection {
  socket.on('close', gone);
  return {
    send: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    close: async () => {
      socket.off('close', gone);
      if (socket.closed) return;
      // What is on its way is still ours: the station gives the next one what comes behind it.
      const parted = once(socket, 'close');
      socket.end();
      const late = Deadline.after(partMs).bound(parted, () => new Error('late'));
      await late.catch(() => {
        socket.destroy();
      });
      await parted;
    },
  };
}

/** A console that the station at `path` holds. */
export function lentLine(who: string, name: string, path: string): Connector {
  let back: Asked | undefined;
  const ask = (whenBack: boolean, deadline: Deadline, signal?: AbortSignal): Promise<Asked> => {
    const request = { want: 'console', name, withinMs: deadline.leftMs, whenBack } as const;
    return askStation(who, path, request, deadline, signal);
  };
  return {
    connect: async (events: ConnectionEvents, deadline) => {
      const kept = back?.socket.destroyed === false ? back : undefined;
      back = undefined;
      const { socket } = kept ?? (await ask(false, deadline));
      socket.on('data', (chunk: Buffer) => {
        events.data(chunk);
      });
      return connectionOf(socket, () => {
        const untold = (error: unknown): Error =>
          new Error(`its far end went away, and why cannot be read: ${messageOf(error)}`);
        void whyGone(who, path)
          .catch(untold)
          .then((why) => {
            events.gone(why);
          });
      });
    },
    // The station holds the answer back until the line is there, and then what the line says.
    maybeBack: async (signal) => {
      // Why it was refused is told to who connects next.
      const asked = await ask(true, Deadline.after(patienceMs), signal).catch(() => undefined);
      if (signal.aborted) asked?.socket.destroy();
      else back = asked;
    },
  };
}
