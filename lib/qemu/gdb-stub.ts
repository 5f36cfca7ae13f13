// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from 'node:stream';
import type { Processors, StoppedProcessor } from '../boards/board.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import { encodePacket, RspReader } from './rsp.ts';

/** What a stub is reached through. */
export interface GdbStubOptions {
  readonly socket: Duplex;
  readonly fate: Fate;
  /** Has QEMU open its end of the socket, which stops the machine. */
  readonly attach: () => Promise<void>;
  /** Machines of one kind have the same registers, so that they are asked for once. */
  readonly kind: string;
}

/** Register numbers by name, by the kind of machine. */
const known = new Map<string, Promise<ReadonlyMap<string, number>>>();

/** Registers that QEMU calls by their AArch32 name (target/arm/helper.c). */
const short: Readonly<Record<string, string>> = { SCTLR_EL1: 'SCTLR', VBAR_EL1: 'VBAR' };

/** A damaged packet is asked for again so often. */
const patience = 3;

/**
 * A client of QEMU's gdbstub (docs/system/gdb) that reads registers while the machine is stopped.
 * Memory it leaves alone: the host maps it.
 */
export class GdbStub implements Processors {
  readonly #options: GdbStubOptions;
  readonly #reader = new RspReader();
  readonly #packets: string[] = [];
  #damaged = 0;
  #wake: () => void = () => undefined;
  #gone: Error | undefined;
  #attached = false;
  #turn: Promise<unknown> = Promise.resolve();
  #threads: readonly string[] | undefined;

  constructor(options: GdbStubOptions) {
    this.#options = options;
    const { socket } = options;
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    const end = (why: string): void => {
      this.#gone ??= this.#fault(`went away: ${why}`);
      this.#wake();
    };
    socket.on('error', (error) => {
      end(error.message);
    });
    socket.on('close', () => {
      end('its socket was closed');
    });
  }

  /**
   * Stops all processors, lets `look` read their registers, and lets them go on.
   * @throws EnvironmentError when the stub goes away, does not answer in time or answers wrongly.
   */
  whileStopped<T>(
    deadline: Deadline,
    look: (processors: readonly StoppedProcessor[]) => Promise<T>,
  ): Promise<T> {
    const turn = this.#turn.then(() => this.#whileStopped(deadline, look));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #whileStopped<T>(
    deadline: Deadline,
    look: (processors: readonly StoppedProcessor[]) => Promise<T>,
  ): Promise<T> {
    await this.#stop(deadline);
    try {
      this.#threads ??= await this.#listThreads(deadline);
      const numbers = await this.#registerNumbers(deadline);
      const processors = this.#threads.map((thread, index) => ({
        name: `CPU ${index}`,
        register: (name: string) => this.#read(thread, numbers, name, deadline),
      }));
      return await look(processors);
    } finally {
      this.#options.socket.write(encodePacket('c'));
    }
  }

  async #stop(deadline: Deadline): Promise<void> {
    if (!this.#attached) {
      await this.#options.fate.guard(
        deadline.bound(this.#options.attach(), () => this.#late('to be attached', deadline)),
      );
      this.#attached = true;
      await this.#ask('qSupported:multiprocess+;xmlRegisters=aarch64', deadline);
      return;
    }
    this.#packets.length = 0;
    this.#options.socket.write(Buffer.from([0x03]));
    const answer = await this.#next('the interrupt', deadline);
    if (!/^[TS]/.test(answer)) throw this.#odd('the interrupt', answer);
  }

  async #listThreads(deadline: Deadline): Promise<string[]> {
    const threads: string[] = [];
    for (let query = 'qfThreadInfo'; ; query = 'qsThreadInfo') {
      const answer = await this.#ask(query, deadline);
      if (answer === 'l') break;
      if (!answer.startsWith('m')) throw this.#odd(query, answer);
      threads.push(...answer.slice(1).split(','));
    }
    if (threads.length === 0) throw this.#fault('names no processor');
    return threads;
  }

  #registerNumbers(deadline: Deadline): Promise<ReadonlyMap<string, number>> {
    const { kind } = this.#options;
    const numbers = known.get(kind) ?? this.#readDescription(deadline);
    known.set(kind, numbers);
    // A reading that failed is not kept for the next machine.
    numbers.catch(() => known.delete(kind));
    return numbers;
  }

  /** The target description's system registers: `<reg name="VTTBR_EL2" regnum="221" ...>`. */
  async #readDescription(deadline: Deadline): Promise<ReadonlyMap<string, number>> {
    // The core's registers come first, in an order that the architecture gives (GDB manual, G.5.1).
    const core = [...Array.from({ length: 31 }, (_unused, n) => `X${n}`), 'SP', 'PC', 'CPSR'];
    const numbers = new Map(core.map((name, number) => [name, number]));
    const query = 'qXfer:features:read:system-registers.xml';
    let text = '';
    for (;;) {
      const part = await this.#ask(`${query}:${text.length.toString(16)},800`, deadline);
      if (!/^[lm]/.test(part)) throw this.#odd(query, part);
      text += part.slice(1);
      if (part.startsWith('l')) break;
      if (part.length === 1) throw this.#odd(query, part);
    }
    for (const [, tag = ''] of text.matchAll(/<reg ([^>]*)>/g)) {
      const name = /name="([^"]+)"/.exec(tag)?.[1];
      const number = /regnum="(\d+)"/.exec(tag)?.[1];
      if (name !== undefined && number !== undefined) numbers.set(name, Number(number));
    }
    return numbers;
  }

  async #read(
    thread: string,
    numbers: ReadonlyMap<string, number>,
    name: string,
    deadline: Deadline,
  ): Promise<bigint> {
    const number = numbers.get(name) ?? numbers.get(short[name] ?? name);
    if (number === undefined)
      throw this.#fault(
        `does not have the register ${name}`,
        'use QEMU 9 or later, whose gdbstub describes the system registers of EL2',
      );
    const chosen = await this.#ask(`Hg${thread}`, deadline);
    if (chosen !== 'OK') throw this.#odd(`Hg${thread}`, chosen);
    const answer = await this.#ask(`p${number.toString(16)}`, deadline);
    if (!/^(?:[0-9a-f]{8}|[0-9a-f]{16})$/i.test(answer))
      throw this.#odd(`register ${name}`, answer);
    // Target byte order: little endian.
    return BigInt(`0x${Buffer.from(answer, 'hex').reverse().toString('hex')}`);
  }

  async #ask(command: string, deadline: Deadline): Promise<string> {
    this.#packets.length = 0;
    this.#options.socket.write(encodePacket(command));
    return this.#next(command, deadline);
  }

  async #next(what: string, deadline: Deadline): Promise<string> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      if (this.#gone !== undefined) throw this.#gone;
      if (this.#damaged > patience)
        throw this.#fault(`answered ${what} with ${this.#damaged} damaged packets`);
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await this.#options.fate.guard(deadline.bound(woken, () => this.#late(what, deadline)));
    }
  }

  #receive(chunk: Buffer): void {
    for (const event of this.#reader.push(chunk)) {
      if (event.is === 'packet') {
        this.#damaged = 0;
        this.#options.socket.write('+');
        this.#packets.push(event.data);
      } else if (event.is === 'damaged') {
        this.#damaged++;
        if (this.#damaged <= patience) this.#options.socket.write('-');
      }
    }
    this.#wake();
  }

  #odd(what: string, answer: string): EnvironmentError {
    const shown = answer === '' ? 'nothing, which means that it does not know it' : `"${answer}"`;
    return this.#fault(`answered ${what} with ${shown.slice(0, 80)}`);
  }

  #late(what: string, deadline: Deadline): EnvironmentError {
    const ms = Math.round(deadline.budgetMs);
    return this.#fault(`did not answer ${what} within ${ms} ms`);
  }

  #fault(
    what: string,
    remedy = 'see whether QEMU still runs; the processors may have been left stopped',
  ): EnvironmentError {
    return new EnvironmentError({ who: 'QEMU’s gdbstub', what, remedy });
  }
}
