// SPDX-License-Identifier: Apache-2.0
import { crc32 } from '../support/checksum.ts';
import { type Deadline, pause } from '../support/deadline.ts';
import { MisuseError, SubjectError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import { hex, SUPERPAGE } from '../support/units.ts';
import type { ProbeLink } from './link.ts';
import { mailbox } from './protocol.ts';

/** Memory of the machine as the host sees it; what {@link MailboxLink} needs of a board. */
export interface MachineMemory {
  readonly ranges: readonly { readonly start: bigint; readonly size: bigint }[];
  read(address: bigint, length: number): Buffer;
  write(address: bigint, bytes: Uint8Array): void;
}

const text = (bytes: Buffer): string => bytes.toString('latin1').replace(/\0.*$/s, '');

function isMailbox(header: Buffer, run: string, domain: string): boolean {
  const at = (offset: number, size: number): string => text(header.subarray(offset, offset + size));
  return (
    header.toString('latin1', 0, mailbox.magic.length) === mailbox.magic &&
    at(mailbox.runOffset, mailbox.runSize) === run &&
    at(mailbox.domainOffset, mailbox.domainSize) === domain
  );
}

/** Whether the first vCPU has begun with a request. */
function wasAsked(memory: MachineMemory, address: bigint): boolean {
  const taken = address + BigInt(mailbox.slotsStart + mailbox.takenOffset);
  return memory.read(taken, 4).readUInt32LE() !== 0;
}

/**
 * Host address of a domain's live mailbox, found by its run and name. Xen gives a domain RAM in
 * chunks of 2 MiB or more (xen/arch/arm/domain_build.c, allocate_memory), so that it is enough to
 * look at one place in each; a domain with static memory may lie at any page, so these come last,
 * unless `in-blocks` asks for a quick look. `unasked` leaves out those that were used: what a domain
 * that is gone had in memory stays there for a while, and one that xl restarts has its run and name.
 */
export function findMailbox(
  memory: MachineMemory,
  run: string,
  domain: string,
  look: 'everywhere' | 'in-blocks' = 'everywhere',
  unasked = false,
): bigint | undefined {
  for (const step of look === 'in-blocks' ? [SUPERPAGE] : [SUPERPAGE, 0x1000]) {
    for (const { start, size } of memory.ranges) {
      for (let at = start; at < start + size; at += BigInt(step)) {
        const address = at + BigInt(mailbox.imageOffset);
        if (address + BigInt(mailbox.size) > start + size) break;
        const magic = memory.read(address, mailbox.magic.length);
        if (magic.toString('latin1') !== mailbox.magic) continue;
        if (!isMailbox(memory.read(address, mailbox.headerSize), run, domain)) continue;
        if (!unasked || !wasAsked(memory, address)) return address;
      }
    }
  }
  return undefined;
}

/** How long a reply is polled for without giving up the processor. */
const eagerMs = 3;

/** Commands through a mailbox in the probe's own RAM, which the host reads and writes. */
export class MailboxLink implements ProbeLink {
  readonly #memory: MachineMemory;
  readonly #address: bigint;
  readonly #fate: Fate;
  readonly #who: string;
  readonly #sequence: number[] = Array.from({ length: mailbox.slots }, () => 0);

  constructor(who: string, memory: MachineMemory, address: bigint, fate: Fate) {
    this.#who = who;
    this.#memory = memory;
    this.#address = address;
    this.#fate = fate;
  }

  async request(vcpu: number, command: string, deadline: Deadline): Promise<string> {
    const { slot, sequence } = this.#send(vcpu, command);
    return this.#await(vcpu, command, deadline, () => this.#take(slot, sequence));
  }

  async post(vcpu: number, command: string, deadline: Deadline): Promise<void> {
    const { slot, sequence } = this.#send(vcpu, command);
    const taken = slot + BigInt(mailbox.takenOffset);
    await this.#await(vcpu, command, deadline, () =>
      this.#memory.read(taken, 4).readUInt32LE() === sequence ? true : undefined,
    );
  }

  #send(vcpu: number, command: string): { slot: bigint; sequence: number } {
    if (command.length > mailbox.requestTextSize)
      throw new MisuseError({
        who: this.#who,
        what: `a command of ${command.length} characters, ${mailbox.requestTextSize} fit`,
      });
    const slot = this.#slot(vcpu);
    const sequence = ((this.#sequence[vcpu] ?? 0) + 1) >>> 0;
    this.#sequence[vcpu] = sequence;
    this.#post(slot, sequence, Buffer.from(command, 'latin1'));
    return { slot, sequence };
  }

  /** Polls for what `look` finds, eagerly at first. */
  async #await<T>(
    vcpu: number,
    command: string,
    deadline: Deadline,
    look: () => T | undefined,
  ): Promise<T> {
    const eager = performance.now() + eagerMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      this.#fate.check();
      if (deadline.passed) throw this.#late(vcpu, command, deadline);
      if (performance.now() < eager) await new Promise((resolve) => setImmediate(resolve));
      else await pause(1);
    }
  }

  window(length: number): Promise<Buffer> {
    return Promise.resolve(
      this.#memory.read(
        this.#address + BigInt(mailbox.windowStart),
        Math.min(length, mailbox.windowSize),
      ),
    );
  }

  /** Behind the slots lie the window and the probe's code. */
  #slot(vcpu: number): bigint {
    if (!Number.isInteger(vcpu) || vcpu < 0 || vcpu >= mailbox.slots)
      throw new MisuseError({
        who: this.#who,
        what: `vCPU ${vcpu} has no slot in the mailbox: only 0 to ${mailbox.slots - 1} have`,
      });
    return this.#address + BigInt(mailbox.slotsStart + vcpu * mailbox.slotSize);
  }

  /** The sequence number goes last: a probe that sees it sees the rest, and checks it. */
  #post(slot: bigint, sequence: number, bytes: Buffer): void {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(bytes.length, 0);
    head.writeUInt32LE(crc32(bytes), 4);
    this.#memory.write(slot + BigInt(mailbox.requestText), bytes);
    this.#memory.write(slot + 4n, head);
    const last = Buffer.alloc(4);
    last.writeUInt32LE(sequence);
    this.#memory.write(slot, last);
  }

  /**
   * The reply, once its sequence number is there. The number is read by itself, before the rest:
   * the probe writes it last, and one read of both could pair it with the rest of an older reply.
   */
  #take(slot: bigint, sequence: number): string | undefined {
    const response = slot + BigInt(mailbox.responseOffset);
    if (this.#memory.read(response, 4).readUInt32LE() !== sequence) return undefined;
    const head = this.#memory.read(response + 4n, 8);
    const length = Math.min(head.readUInt32LE(0), mailbox.responseTextSize);
    const bytes = this.#memory.read(slot + BigInt(mailbox.responseText), length);
    return crc32(bytes) === head.readUInt32LE(4) ? bytes.toString('latin1') : undefined;
  }

  #late(vcpu: number, command: string, deadline: Deadline): Error {
    return new SubjectError({
      who: this.#who,
      what: `vCPU ${vcpu} did not answer "${command}" within ${Math.round(deadline.budgetMs)} ms`,
      reached: `the command lies in its mailbox at host address ${hex(this.#address)}`,
      remedy: 'look at the console for a fault of the probe, and at what Xen says of the domain',
    });
  }
}
