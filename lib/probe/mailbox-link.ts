// SPDX-License-Identifier: Apache-2.0
import { crc32 } from '../support/checksum.ts';
import type { Deadline } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';
import { NoAnswerError, type ProbeLink } from './link.ts';
import { mailbox } from './protocol.ts';

/** The memory of one mailbox, however it is reached. Offsets count from its start, in bytes. */
export interface MailboxMemory {
  /** Where it is, for messages. */
  readonly where: string;
  read(offset: number, length: number): Promise<Buffer>;
  /** Settles when the domain sees them. What is asked for one after the other comes in that order. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /**
   * Whether the 32-bit word at `offset` is `word` before the deadline.
   * Rejects when the domain or the machine ends before.
   */
  untilWord(offset: number, word: number, deadline: Deadline): Promise<boolean>;
  /** Nothing more is asked of the domain: it was told to end, and must be able to go away. */
  leave?(): void;
}

/** Replies are seldom longer, in bytes: they come in one piece. */
const usualReply = 0xf0;

/** What `coming` gives, unless `sent` fails: neither waits for the other. */
async function after<T>(sent: Promise<unknown>, coming: Promise<T>): Promise<T> {
  const [, result] = await Promise.all([sent, coming]);
  return result;
}

const slotOf = (vcpu: number): number => mailbox.slotsStart + vcpu * mailbox.slotSize;

/** Commands through a mailbox in the probe's own RAM. */
export class MailboxLink implements ProbeLink {
  readonly #memory: MailboxMemory;
  readonly #who: string;
  /** Of the last request in each slot. */
  readonly #sequence: number[];

  constructor(who: string, memory: MailboxMemory, sequence: readonly number[] = []) {
    this.#who = who;
    this.#memory = memory;
    this.#sequence = [...sequence];
  }

  /** With a probe that others may have spoken with before: their last requests lie in its slots. */
  static async goingOn(who: string, memory: MailboxMemory): Promise<MailboxLink> {
    const sequence: number[] = [];
    for (let vcpu = 0; vcpu < mailbox.slots; vcpu++)
      sequence.push((await memory.read(slotOf(vcpu), 4)).readUInt32LE());
    return new MailboxLink(who, memory, sequence);
  }

  async request(vcpu: number, command: string, deadline: Deadline): Promise<string> {
    const { slot, sequence, sent } = this.#send(vcpu, command);
    const response = slot + mailbox.responseOffset;
    // The number is read by itself, before the rest: the probe writes it last, and one read of both
    // could pair it with the rest of an older reply.
    while (await after(sent, this.#memory.untilWord(response, sequence, deadline))) {
      const reply = await this.#reply(slot);
      if (reply !== undefined) return reply;
      if (deadline.passed) break;
    }
    throw this.#late(vcpu, command, deadline);
  }

  async post(vcpu: number, command: string, deadline: Deadline): Promise<void> {
    const { slot, sequence, sent } = this.#send(vcpu, command);
    const taken = this.#memory.untilWord(slot + mailbox.takenOffset, sequence, deadline);
    if (!(await after(sent, taken))) throw this.#late(vcpu, command, deadline);
    this.#memory.leave?.();
  }

  window(length: number): Promise<Buffer> {
    return this.#memory.read(mailbox.windowStart, Math.min(length, mailbox.windowSize));
  }

  /** What lies in a slot; undefined while it is not whole. */
  async #reply(slot: number): Promise<string | undefined> {
    const from = slot + mailbox.responseOffset + 4;
    const textAt = slot + mailbox.responseText - from;
    const head = await this.#memory.read(from, textAt + usualReply);
    const length = Math.min(head.readUInt32LE(0), mailbox.responseTextSize);
    const rest =
      length <= usualReply
        ? undefined
        : await this.#memory.read(slot + mailbox.responseText + usualReply, length - usualReply);
    const bytes = Buffer.concat([head.subarray(textAt, textAt + length), rest ?? Buffer.alloc(0)]);
    return crc32(bytes) === head.readUInt32LE(4) ? bytes.toString('latin1') : undefined;
  }

  #send(vcpu: number, command: string): { slot: number; sequence: number; sent: Promise<unknown> } {
    if (command.length > mailbox.requestTextSize)
      throw new MisuseError({
        who: this.#who,
        what: `a command of ${command.length} characters, ${mailbox.requestTextSize} fit`,
      });
    const slot = this.#slot(vcpu);
    const sequence = ((this.#sequence[vcpu] ?? 0) + 1) >>> 0;
    this.#sequence[vcpu] = sequence;
    return { slot, sequence, sent: this.#post(slot, sequence, Buffer.from(command, 'latin1')) };
  }

  /** Behind the slots lie the window and the probe's code. */
  #slot(vcpu: number): number {
    if (!Number.isInteger(vcpu) || vcpu < 0 || vcpu >= mailbox.slots)
      throw new MisuseError({
        who: this.#who,
        what: `vCPU ${vcpu} has no slot in the mailbox: only 0 to ${mailbox.slots - 1} have`,
      });
    return slotOf(vcpu);
  }

  /** The sequence number goes last: a probe that sees it sees the rest, and checks it. */
  #post(slot: number, sequence: number, bytes: Buffer): Promise<unknown> {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(bytes.length, 0);
    head.writeUInt32LE(crc32(bytes), 4);
    const last = Buffer.alloc(4);
    last.writeUInt32LE(sequence);
    return Promise.all([
      this.#memory.write(slot + mailbox.requestText, bytes),
      this.#memory.write(slot + 4, head),
      this.#memory.write(slot, last),
    ]);
  }

  #late(vcpu: number, command: string, deadline: Deadline): Error {
    return new NoAnswerError({
      who: this.#who,
      what: `vCPU ${vcpu} did not answer "${command}" within ${Math.round(deadline.budgetMs)} ms`,
      reached: `the command lies in its mailbox at ${this.#memory.where}`,
      remedy: 'look at the console for a fault of the probe, and at what Xen says of the domain',
    });
  }
}
