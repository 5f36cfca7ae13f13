// SPDX-License-Identifier: Apache-2.0
import { type Deadline, pause } from '../support/deadline.ts';
import type { Fate } from '../support/fate.ts';
import { hex, SUPERPAGE } from '../support/units.ts';
import type { MailboxMemory } from './mailbox-link.ts';
import { mailbox } from './protocol.ts';

/** Memory of the machine as the host sees it; what {@link MachineMailbox} needs of a board. */
export interface MachineMemory {
  readonly ranges: readonly { readonly start: bigint; readonly size: bigint }[];
  read(address: bigint, length: number): Buffer;
  write(address: bigint, bytes: Uint8Array): void;
}

const text = (bytes: Buffer): string => bytes.toString('latin1').replace(/\0.*$/s, '');

/** Whether `header`, the mailbox's first bytes, is that of a domain of this run. */
export function isMailbox(header: Buffer, run: string, domain: string): boolean {
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

/** How long a word is polled for without giving up the processor. */
const eagerMs = 3;

/** A mailbox in the memory of a machine that the host sees. */
export class MachineMailbox implements MailboxMemory {
  readonly #memory: MachineMemory;
  readonly #address: bigint;
  readonly #fate: Fate;

  constructor(memory: MachineMemory, address: bigint, fate: Fate) {
    this.#memory = memory;
    this.#address = address;
    this.#fate = fate;
  }

  get where(): string {
    return `host address ${hex(this.#address)}`;
  }

  read(offset: number, length: number): Promise<Buffer> {
    return Promise.resolve(this.#memory.read(this.#address + BigInt(offset), length));
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#memory.write(this.#address + BigInt(offset), bytes);
    return Promise.resolve();
  }

  async untilWord(offset: number, word: number, deadline: Deadline): Promise<boolean> {
    const eager = performance.now() + eagerMs;
    for (;;) {
      if (this.#memory.read(this.#address + BigInt(offset), 4).readUInt32LE() === word) return true;
      this.#fate.check();
      if (deadline.passed) return false;
      if (performance.now() < eager) await new Promise((resolve) => setImmediate(resolve));
      else await pause(1);
    }
  }
}
