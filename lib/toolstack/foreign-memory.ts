// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import type { CommandStream } from '../boards/ssh-connection.ts';
import type { MailboxMemory } from '../probe/mailbox-link.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { EnvironmentError, SubjectError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import { hex, PAGE } from '../support/units.ts';

/** Our program in dom0: images/linux/foreign-memory. */
const program = 'foreign-memory';

/** How long the program may take to end. */
const endMs = 5000;

/** How long an answer may still come once the domain has ended. */
const graceMs = 2000;

/** How long an answer may take on its way. */
const answerMs = 10_000;

/** Which pages of a domain are mapped. */
export interface ForeignPages {
  readonly domid: number;
  readonly guestAddress: bigint;
  readonly size: number;
}

interface Asked {
  readonly resolve: (reply: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Pages of a domain as dom0 maps them, by a program there that lasts as long as this: for machines
 * whose memory the host does not see. A domain does not go away before its pages are given back.
 */
export class ForeignMemory implements MailboxMemory, AsyncDisposable {
  readonly where: string;
  readonly #who: string;
  readonly #stream: CommandStream;
  readonly #fate: Fate;
  readonly #asked = new Map<string, Asked>();
  #leaving = false;
  #ended: Error | undefined;
  #heard = '';
  #number = 0;

  private constructor(who: string, pages: ForeignPages, stream: CommandStream, fate: Fate) {
    this.#who = who;
    this.where = `guest address ${hex(pages.guestAddress)}, which dom0 maps`;
    this.#stream = stream;
    this.#fate = fate;
    stream.onOutput((chunk) => {
      this.#hear(chunk);
    });
    fate.onDoom(() => {
      this.leave();
      setTimeout(() => {
        this.#stream.end();
      }, graceMs).unref();
    });
    stream.ended.then(
      ({ stderr }) => {
        this.#end(this.#programEnded(stderr.trim()));
      },
      (error: unknown) => {
        // The connection or the machine: told as what it is.
        this.#end(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  /**
   * Maps pages of a domain.
   * @throws SubjectError when Xen refuses it; SshError when dom0 is not reached; what ended the domain.
   */
  static async map(
    who: string,
    dom0: Dom0,
    pages: ForeignPages,
    fate: Fate,
    deadline: Deadline,
  ): Promise<ForeignMemory> {
    const { domid, guestAddress, size } = pages;
    const numbers = [BigInt(domid), guestAddress / BigInt(PAGE), BigInt(Math.ceil(size / PAGE))];
    const argv = [program, ...numbers.map((number) => number.toString(16))];
    const memory = new ForeignMemory(who, pages, await dom0.stream(argv, deadline), fate);
    try {
      await memory.#bound(memory.#expect('mapped'), deadline, 'were not mapped');
      return memory;
    } catch (error) {
      await memory.dispose();
      throw error;
    }
  }

  async read(offset: number, length: number): Promise<Buffer> {
    return Buffer.from(await this.#ask('read', offset, length.toString(16)), 'hex');
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#ask('write', offset, Buffer.from(bytes).toString('hex'));
  }

  async untilWord(offset: number, word: number, deadline: Deadline): Promise<boolean> {
    const ms = Math.ceil(deadline.leftMs).toString(16);
    return (await this.#ask('await', offset, `${word.toString(16)} ${ms}`, deadline)) === 'done';
  }

  leave(): void {
    this.#leaving = true;
    // What is on its way is still heard.
    if (this.#asked.size === 0) this.#stream.end();
  }

  /** Gives the pages back. Idempotent. */
  async dispose(): Promise<void> {
    this.#stream.end();
    const late = (): Error =>
      new EnvironmentError({ who: this.#who, what: `its ${program} in dom0 does not end` });
    await Deadline.after(endMs).bound(
      this.#stream.ended.then(
        () => undefined,
        () => undefined, // With the connection the program has ended too.
      ),
      late,
    );
  }

  /** {@link ForeignMemory.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #ask(
    what: string,
    offset: number,
    rest: string,
    deadline = Deadline.after(answerMs),
  ): Promise<string> {
    const id = (++this.#number).toString(16);
    const answer = this.#expect(id);
    this.#stream.write(`${id} ${what} ${offset.toString(16)} ${rest}\n`);
    // What it awaits by itself it tells late: the way there and back comes on top.
    const reply = await this.#bound(answer, Deadline.after(deadline.leftMs + answerMs), 'are mute');
    if (!reply.startsWith('bad')) return reply;
    throw new SubjectError({ who: this.#who, what: `${program} ${what}: ${reply}` });
  }

  #expect(id: string): Promise<string> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
    });
  }

  #bound(answer: Promise<string>, deadline: Deadline, what: string): Promise<string> {
    const late = (): Error =>
      new SubjectError({
        who: this.#who,
        what: `its pages ${what} for ${Math.round(deadline.budgetMs)} ms`,
        remedy: `${program} in dom0 maps them; see dom0's console`,
      });
    const coming = deadline.bound(answer, late).catch((error: unknown) => {
      // That the domain or the machine ended says more than that its pages went.
      this.#fate.check();
      throw error;
    });
    // A probe that ends itself has said so in both ways: the answer is still on its way then.
    return Promise.race([
      coming,
      this.#fate.guard(coming).catch(async (doom: unknown) => {
        await pause(graceMs);
        throw doom;
      }),
    ]);
  }

  #hear(chunk: Buffer): void {
    const lines = (this.#heard + chunk.toString('latin1')).split('\n');
    this.#heard = lines.pop() ?? '';
    for (const line of lines) {
      const [id = '', ...rest] = line.split(' ');
      this.#asked.get(id)?.resolve(rest.join(' '));
      this.#asked.delete(id);
    }
    if (this.#leaving) this.leave();
  }

  #programEnded(why: string): SubjectError {
    return new SubjectError({
      who: this.#who,
      what: `its pages are not reached from dom0 any more: ${why === '' ? `${program} ended` : why}`,
      remedy: 'Xen lets dom0 map them unless its XSM policy says otherwise; is the domain there?',
    });
  }

  #end(error: Error): void {
    this.#ended = error;
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }
}
