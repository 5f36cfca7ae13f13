// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from 'node:stream';
import { EnvironmentError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly id?: number;
}

/** QEMU's monitor (docs/interop/qmp-spec). One command at a time is enough for us. */
export class Qmp {
  readonly #socket: Duplex;
  readonly #fate: Fate;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #listeners = new Set<(event: string, data: Readonly<Record<string, unknown>>) => void>();
  #text = '';
  #next = 1;

  constructor(socket: Duplex, fate: Fate) {
    this.#socket = socket;
    this.#fate = fate;
    socket.on('error', () => undefined); // The process's end tells the story.
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString();
      for (;;) {
        const end = this.#text.indexOf('\n');
        if (end < 0) break;
        this.#receive(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 1);
      }
    });
    // Leaves negotiation mode; QEMU reads it after its greeting, in order.
    socket.write(`${JSON.stringify({ execute: 'qmp_capabilities', id: 0 })}\n`);
  }

  onEvent(listener: (event: string, data: Readonly<Record<string, unknown>>) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Runs a command and returns what QEMU returns for it.
   * @throws EnvironmentError when QEMU refuses it; what ended QEMU when it is gone.
   */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = this.#next++;
    const reply = await this.#fate.guard(
      new Promise<Reply>((resolve) => {
        this.#waiting.set(id, resolve);
        this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
      }),
    );
    if (reply.error !== undefined)
      throw new EnvironmentError({
        who: 'QEMU',
        what: `refused the QMP command ${command}: ${reply.error.desc}`,
      });
    return reply.return;
  }

  /** Asks QEMU to end, without waiting for an answer. */
  quit(): void {
    this.#socket.write(`${JSON.stringify({ execute: 'quit', id: this.#next++ })}\n`);
  }

  #receive(line: string): void {
    const reply = JSON.parse(line) as Reply;
    if (reply.event !== undefined) {
      for (const listener of this.#listeners) listener(reply.event, reply.data ?? {});
    } else if (reply.id !== undefined) {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    }
  }
}
