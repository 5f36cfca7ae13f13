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

/** A stop reply (GDB manual, E.3): nothing else that is answered begins so. */
const stopReply = /^[TS][0-9a-f]{2}/i;

/** What was sent and is not answered yet, whether or not somebody still waits for it. */
interface Question {
  readonly what: string;
  readonly answer: (packet: string) => void;
  readonly fail: (error: Error) => void;
}

/**
 * A client of QEMU's gdbstub (docs/system/gdb) that reads registers while the machine is stopped.
 * Memory it leaves alone: the host maps it.
 *
 * Nobody waits for ever, yet what was asked of the stub comes at last: an answer that is late belongs
 * to its own question, and a machine that stops when nobody waits for that any more goes on at once.
 */
export class GdbStub implements Processors {
  readonly #options: GdbStubOptions;
  readonly #reader = new RspReader();
  /** In the order in which they are answered. */
  #questions: Question[] = [];
  /** The interrupt, which is answered by a stop reply. */
  #interrupt: Question | undefined;
  #damaged = 0;
  #gone: Error | undefined;
  #attached = false;
  #introduced = false;
  /** Settles when the machine stands still, however late. */
  #stopping: Promise<void> | undefined;
  /** Whether somebody waits for the stop, or looks. */
  #wanted = false;
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
      for (const question of [this.#interrupt, ...this.#questions]) question?.fail(this.#gone);
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
      if (!this.#introduced)
        await this.#ask('qSupported:multiprocess+;xmlRegisters=aarch64', deadline);
      this.#introduced = true;
      this.#threads ??= await this.#listThreads(deadline);
      const numbers = await this.#registerNumbers(deadline);
      const processors = this.#threads.map((thread, index) => ({
        name: `CPU ${index}`,
        register: (name: string) => this.#read(thread, numbers, name, deadline),
      }));
      return await look(processors);
    } finally {
      this.#goOn();
    }
  }

  /** Returns when the machine stands still. If that is late, it goes on as soon as it does. */
  async #stop(deadline: Deadline): Promise<void> {
    this.#wanted = true;
    const what = this.#attached ? 'the interrupt' : 'to be attached';
    this.#stopping ??= this.#halt();
    try {
      await this.#options.fate.guard(
        deadline.bound(this.#stopping, () => this.#late(what, deadline)),
      );
    } catch (error) {
      this.#wanted = false;
      throw error;
    }
  }

  async #halt(): Promise<void> {
    try {
      if (this.#attached) await this.#sendInterrupt();
      else await this.#options.attach();
      this.#attached = true;
    } finally {
      this.#stopping = undefined;
    }
    if (!this.#wanted) this.#goOn();
  }

  async #sendInterrupt(): Promise<void> {
    if (this.#gone !== undefined) throw this.#gone;
    const stopped = new Promise<string>((answer, fail) => {
      this.#interrupt = { what: 'the interrupt', answer, fail };
    });
    this.#options.socket.write(Buffer.from([0x03]));
    try {
      await stopped;
    } catch (error) {
      // It has stopped, if only damaged packets told so.
      if (error !== this.#gone) this.#goOn();
      throw error;
    } finally {
      this.#interrupt = undefined;
    }
  }

  #goOn(): void {
    this.#wanted = false;
    this.#options.socket.write(encodePacket('c'));
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
    if (this.#gone !== undefined) throw this.#gone;
    const answered = new Promise<string>((answer, fail) => {
      this.#questions.push({ what: command, answer, fail });
    });
    this.#options.socket.write(encodePacket(command));
    return this.#options.fate.guard(deadline.bound(answered, () => this.#late(command, deadline)));
  }

  #receive(chunk: Buffer): void {
    for (const event of this.#reader.push(chunk)) {
      if (event.is === 'packet') {
        this.#damaged = 0;
        this.#options.socket.write('+');
        this.#take(event.data);
      } else if (event.is === 'damaged') this.#askAgain();
    }
  }

  #take(packet: string): void {
    if (!stopReply.test(packet)) {
      this.#questions.shift()?.answer(packet);
      return;
    }
    // It comes unasked when somebody else stops the machine, who lets it go on as well.
    if (this.#interrupt === undefined) return;
    // Answers come in the order of the questions: what is open now has none to come.
    this.#questions = [];
    this.#interrupt.answer(packet);
  }

  #askAgain(): void {
    this.#damaged++;
    if (this.#damaged <= patience) {
      this.#options.socket.write('-');
      return;
    }
    const question = this.#interrupt ?? this.#questions.shift();
    question?.fail(this.#fault(`answered ${question.what} with ${this.#damaged} damaged packets`));
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
    remedy = 'see whether QEMU still runs, and whether somebody else has stopped the machine',
  ): EnvironmentError {
    return new EnvironmentError({ who: 'QEMU’s gdbstub', what, remedy });
  }
}
