// SPDX-License-Identifier: Apache-2.0
// The numbers of commands in a mailbox whose probe others have spoken with. The memory is a mock.
import { expect, test } from '@playwright/test';
import { MailboxLink, type MailboxMemory } from '../../../lib/probe/mailbox-link.ts';
import { mailbox } from '../../../lib/probe/protocol.ts';
import { Deadline } from '../../../lib/support/deadline.ts';

/** A mailbox whose probe takes everything, and the numbers that were awaited of it. */
function takingMailbox(): { memory: MailboxMemory; bytes: Buffer; awaited: number[] } {
  const bytes = Buffer.alloc(mailbox.size);
  const awaited: number[] = [];
  const memory: MailboxMemory = {
    where: 'nowhere',
    read: (offset, length) => Promise.resolve(Buffer.from(bytes.subarray(offset, offset + length))),
    write: (offset, what) => {
      bytes.set(what, offset);
      return Promise.resolve();
    },
    untilWord: (_offset, word) => {
      awaited.push(word);
      return Promise.resolve(true);
    },
  };
  return { memory, bytes, awaited };
}

const slot = (vcpu: number): number => mailbox.slotsStart + vcpu * mailbox.slotSize;
const ample = (): Deadline => Deadline.after(1000);

test('commands go on being counted where who was there before has ended, in each slot', async () => {
  const { memory, bytes, awaited } = takingMailbox();
  const before = new MailboxLink('owner', memory);
  for (const vcpu of [0, 0, 1]) await before.post(vcpu, 'ping', ample());
  bytes.writeUInt32LE(0xffff_ffff, slot(2));

  const link = await MailboxLink.goingOn('owner', memory);
  for (const vcpu of [0, 1, 2, 3]) await link.post(vcpu, 'ping', ample());

  expect(awaited).toEqual([1, 2, 1, 3, 2, 0, 1]);
  expect([0, 1, 2, 3].map((vcpu) => bytes.readUInt32LE(slot(vcpu)))).toEqual([3, 2, 0, 1]);
});
