// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import type { Connection, ConnectionEvents, Connector } from './connection.ts';
import type { Rfc2217Spec } from './serial-line.ts';
import { askAgain, connectSocket, endSocket, sendOn, watchSocket } from './tcp.ts';
import {
  encodeData,
  encodeOption,
  encodeSuboption,
  telnet,
  TelnetDecoder,
  type TelnetEvent,
} from './telnet.ts';

/** Commands of RFC 2217 to the server; its answer is the same number and 100. */
const command = { baud: 1, dataSize: 2, parity: 3, stopSize: 4, control: 5 } as const;
const answer = 100;
const suspend = 108;
const resume = 109;
/** Values of {@link command.control}. */
const control = { noFlowControl: 1, dtr: [9, 8], rts: [12, 11] } as const;

const ours: readonly number[] = [telnet.BINARY, telnet.SUPPRESS_GO_AHEAD, telnet.COM_PORT];
const theirs: readonly number[] = [telnet.BINARY, telnet.SUPPRESS_GO_AHEAD];

/** A telnet client that owns the far end's serial port, as RFC 2217 gives it. */
class ComPortClient {
  readonly #who: string;
  readonly #spec: Rfc2217Spec;
  readonly #socket: Socket;
  readonly #decoder = new TelnetDecoder();
  readonly #fate = new Fate();
  readonly #accepted = new Set<number>();
  readonly #answers = new Map<number, Uint8Array>();
  readonly #waiting = new Set<() => void>();
  #suspended = false;

  constructor(who: string, spec: Rfc2217Spec, socket: Socket, events: ConnectionEvents) {
    this.#who = who;
    this.#spec = spec;
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      for (const event of this.#decoder.push(chunk)) this.#take(event, events);
      for (const look of [...this.#waiting]) look();
    });
    watchSocket(socket, (why) => {
      this.#fate.doom(this.#error(`went away: ${why.message}`));
      events.gone(why);
    });
  }

  /** Agrees on the options and sets the port; 8 data bits, no parity, one stop bit. */
  async setUp(deadline: Deadline): Promise<void> {
    for (const option of ours) await this.#put(encodeOption('WILL', option));
    for (const option of theirs) await this.#put(encodeOption('DO', option));
    await this.#until(() => this.#accepted.has(telnet.COM_PORT), 'agree on RFC 2217', deadline);
    const { baud, dtr, rts } = this.#spec;
    const octets = [24, 16, 8, 0].map((shift) => (baud >>> shift) & 0xff);
    await this.#set('baud', octets, deadline);
    await this.#set('dataSize', [8], deadline);
    await this.#set('parity', [1], deadline);
    await this.#set('stopSize', [1], deadline);
    await this.#command('control', [control.noFlowControl]);
    if (dtr !== undefined) await this.#command('control', [control.dtr[dtr ? 1 : 0]]);
    if (rts !== undefined) await this.#command('control', [control.rts[rts ? 1 : 0]]);
  }

  async send(bytes: Uint8Array): Promise<void> {
    await this.#when(() => !this.#suspended);
    await this.#put(encodeData(bytes, this.#accepted.has(telnet.BINARY)));
  }

  #take(event: TelnetEvent, events: ConnectionEvents): void {
    if (event.kind === 'data') events.data(event.bytes);
    else if (event.kind === 'option') this.#negotiate(event);
    else if (event.option === telnet.COM_PORT) this.#heed(event.bytes);
  }

  /** What we offered or asked for needs no reply; all else is refused, but for the peer's echo. */
  #negotiate({ verb, option }: TelnetEvent & { kind: 'option' }): void {
    if (verb === 'DO' && ours.includes(option)) this.#accepted.add(option);
    else if (verb === 'DO') void this.#put(encodeOption('WONT', option)).catch(() => undefined);
    else if (verb === 'DONT' && option === telnet.COM_PORT)
      this.#fate.doom(this.#error('does not speak RFC 2217'));
    else if (verb === 'DONT') this.#accepted.delete(option);
    else if (verb === 'WILL' && !theirs.includes(option)) {
      const reply = option === telnet.ECHO ? 'DO' : 'DONT';
      void this.#put(encodeOption(reply, option)).catch(() => undefined);
    }
  }

  #heed([code = 0, ...value]: Uint8Array): void {
    if (code === suspend) this.#suspended = true;
    else if (code === resume) this.#suspended = false;
    else this.#answers.set(code, Uint8Array.from(value));
  }

  async #set(name: keyof typeof command, value: readonly number[], deadline: Deadline) {
    await this.#command(name, value);
    const code = command[name] + answer;
    await this.#until(() => this.#answers.has(code), `confirm ${name}`, deadline);
    const now = [...(this.#answers.get(code) ?? [])];
    if (now.join() === value.join()) return;
    const number = (octets: readonly number[]): number =>
      octets.reduce((sum, o) => sum * 256 + o, 0);
    throw this.#error(`did not set ${name} to ${number(value)}: it is ${number(now)}`);
  }

  #command(name: keyof typeof command, value: readonly number[]): Promise<void> {
    return this.#put(encodeSuboption(telnet.COM_PORT, [command[name], ...value]));
  }

  #put(bytes: Uint8Array): Promise<void> {
    return sendOn(this.#socket, bytes);
  }

  #until(holds: () => boolean, what: string, deadline: Deadline): Promise<void> {
    return deadline.bound(this.#when(holds), () =>
      this.#error(`did not ${what} within ${deadline.budgetMs.toFixed(0)} ms`),
    );
  }

  /** Settles when the peer has made it so; rejects when it goes away. */
  #when(holds: () => boolean): Promise<void> {
    let look = (): void => undefined;
    const coming = new Promise<void>((resolve) => {
      look = (): void => {
        if (holds()) resolve();
      };
      this.#waiting.add(look);
      look();
    });
    return this.#fate.guard(coming).finally(() => this.#waiting.delete(look));
  }

  #error(what: string): EnvironmentError {
    return new EnvironmentError({
      who: this.#who,
      what: `rfc2217://${this.#spec.host}:${this.#spec.port} ${what}`,
      remedy: 'look how the server offers this port; one without RFC 2217 is `kind: tcp`',
    });
  }
}

/** A serial port behind a telnet server that knows RFC 2217. */
export function rfc2217Connector(who: string, spec: Rfc2217Spec): Connector {
  return {
    connect: async (events: ConnectionEvents, deadline: Deadline): Promise<Connection> => {
      const socket = await connectSocket(who, spec, deadline);
      const client = new ComPortClient(who, spec, socket, events);
      try {
        await client.setUp(deadline);
      } catch (error) {
        await endSocket(socket);
        throw error;
      }
      return { send: (bytes) => client.send(bytes), close: () => endSocket(socket) };
    },
    maybeBack: askAgain,
  };
}
