// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, PAGE, xenTest } from '#crosspage';

const spec = {
  sharedMemory: { mailbox: { size: PAGE } },
  eventChannels: { bell: { owner: 0xa, borrower: 0xb } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
} as const;
const test = xenTest(spec);
/** One domain waits while the other is told what to do. */
const atOnce = xenTest(spec, { requires: ['concurrent-commands'] });

test('a signal reaches the other end, once, and no end of its own', async ({ owner, borrower }) => {
  const ours = owner.eventChannel('bell');
  const theirs = borrower.eventChannel('bell');
  // Connecting a channel signals its ends once (xen/common/event_channel.c, bind_interdomain).
  await ours.clear();
  await theirs.clear();
  expect(await theirs.pending()).toBe(false);

  await ours.notify();

  await theirs.wait();
  expect(await theirs.pending()).toBe(true);
  expect(await ours.pending()).toBe(false);
  await theirs.clear();
  expect(await theirs.pending()).toBe(false);
});

atOnce(
  'a domain that is signalled finds the message that was written before',
  async ({ owner, borrower }) => {
    const waiting = owner.eventChannel('bell').wait();
    await borrower.page('mailbox').write(addressPattern(5));
    await borrower.eventChannel('bell').notify();
    await waiting;

    await expect(owner.page('mailbox')).toHold(addressPattern(5));
  },
);

for (const gic of [2, 3] as const) {
  const enhanced = xenTest({
    machine: { gic },
    eventChannels: { bell: { caller: 0xa, called: 0xb } },
    domains: {
      caller: { probe: 'memory', enhanced: 'no-xenstore' },
      called: { probe: 'memory', enhanced: 'no-xenstore' },
    },
  });

  enhanced(
    `by a GICv${gic} each signal interrupts the domain that it is for, and no other`,
    async ({ caller, called }) => {
      const ours = caller.eventChannel('bell');
      const theirs = called.eventChannel('bell');
      await ours.listen();
      for (let times = 0; times < 3; times++) {
        await theirs.clear();
        await theirs.listen();
        expect(await theirs.interrupted()).toBe(false);

        await ours.notify();

        await theirs.waitForInterrupt();
        expect(await theirs.pending()).toBe(true);
      }
      expect(await ours.interrupted()).toBe(false);
    },
  );
}
