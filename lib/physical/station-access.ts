// SPDX-License-Identifier: Apache-2.0
import { connect, type Socket } from 'node:net';
import type { PowerState } from '../power/power-switch.ts';
import type { LineState, SerialLine } from '../serial/serial-line.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { BoardAccess } from './board-access.ts';
import { readLine, type StationReply, type StationRequest } from './station-protocol.ts';

interface Asked {
  readonly socket: Socket;
  readonly state: string;
}

async function ask(
  who: string,
  path: string,
  request: StationRequest,
  deadline: Deadline,
): Promise<Asked> {
  const socket = connect(path);
  const failed = new Promise<never>((_resolve, reject) => {
    socket.on('error', (error) => {
      const what = `its station cannot be asked: ${error.message}`;
      reject(new EnvironmentError({ who, what, where: path }, { cause: error }));
    });
  });
  failed.catch(() => undefined);
  socket.write(`${JSON.stringify(request)}\n`);
  const late = (): Error =>
    new EnvironmentError({ who, what: 'its station does not answer', where: path });
  try {
    const line = await deadline.bound(Promise.race([readLine(socket), failed]), late);
    const reply = JSON.parse(line) as StationReply;
    if (!reply.ok) throw new EnvironmentError(reply.story);
    return { socket, state: reply.state };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** A console that a station holds. */
class LentLine implements SerialLine {
  readonly name: string;
  readonly #socket: Socket;
  readonly #listeners = new Set<(state: LineState, why?: Error) => void>();
  #state: LineState = 'open';

  constructor({ socket, state }: Asked) {
    this.name = state;
    this.#socket = socket;
    socket.on('close', () => {
      this.#state = 'gone';
      const why = new Error('the station has let go of it');
      for (const listener of [...this.#listeners]) listener('gone', why);
    });
    socket.resume();
  }

  get state(): LineState {
    return this.#state;
  }

  onData(listener: (chunk: Uint8Array) => void): () => void {
    this.#socket.on('data', listener);
    return () => this.#socket.off('data', listener);
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  onState(listener: (state: LineState, why?: Error) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): Promise<void> {
    this.#listeners.clear();
    this.#socket.destroy();
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

/** A board's lines and switch, from the station that listens at `path`. */
export function stationAccess(who: string, path: string): BoardAccess {
  const power = async (act: 'on' | 'off' | 'state', deadline: Deadline): Promise<string> => {
    const request = { want: 'power', do: act, withinMs: deadline.leftMs } as const;
    const { socket, state } = await ask(who, path, request, deadline);
    socket.destroy();
    return state;
  };
  return {
    power: {
      who: `${who}, power`,
      on: async (deadline) => {
        await power('on', deadline);
      },
      off: async (deadline) => {
        await power('off', deadline);
      },
      state: async (deadline) => (await power('state', deadline)) as PowerState,
    },
    openConsole: async (name, deadline) => {
      const request = { want: 'console', name, withinMs: deadline.leftMs } as const;
      return new LentLine(await ask(who, path, request, deadline));
    },
  };
}
