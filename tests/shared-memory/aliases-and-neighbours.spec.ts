// SPDX-License-Identifier: Apache-2.0
import {
  addressPattern,
  constantPattern,
  expect,
  KiB,
  noisePattern,
  PAGE,
  xenTest,
} from '#crosspage';

const alias = xenTest({
  sharedMemory: { area: { size: KiB(16) } },
  domains: {
    owner: { probe: 'memory', maps: { area: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { area: [{ role: 'borrower' }, { role: 'borrower' }] } },
  },
});

alias(
  'a region that a domain maps twice is the same memory at both addresses',
  async ({ owner, borrower }) => {
    const [one, two] = [borrower.page('area', 0), borrower.page('area', 1)];
    expect(two.guestAddress).not.toBe(one.guestAddress);

    await one.write(addressPattern());
    await expect(two).toHold(addressPattern());
    await expect(owner.page('area')).toHold(addressPattern());

    await two.write(noisePattern());
    await expect(one).toHold(noisePattern());
  },
);

const many = xenTest({
  sharedMemory: {
    a: { size: PAGE },
    b: { size: KiB(64) },
    c: { size: 3 * PAGE },
    d: { size: PAGE },
  },
  domains: {
    left: {
      probe: 'memory',
      maps: {
        a: { role: 'owner' },
        b: { role: 'borrower' },
        c: { role: 'owner' },
        d: { role: 'borrower' },
      },
    },
    right: {
      probe: 'memory',
      maps: {
        a: { role: 'borrower' },
        b: { role: 'owner' },
        c: { role: 'borrower' },
        d: { role: 'owner' },
      },
    },
  },
});

many('several regions at once do not bleed into each other', async ({ left, right }) => {
  const names = ['a', 'b', 'c', 'd'] as const;
  for (const [index, name] of names.entries()) await left.page(name).write(addressPattern(index));

  for (const [index, name] of names.entries())
    await expect(right.page(name)).toHold(addressPattern(index));

  await right.page('b').write(constantPattern(~0n));
  for (const [index, name] of names.entries())
    if (name !== 'b') await expect(left.page(name)).toHold(addressPattern(index));
});

/** Ids that begin alike. */
const akin = xenTest({
  sharedMemory: { mail: { size: PAGE }, mailbox: { size: PAGE }, mailboxes: { size: PAGE } },
  domains: {
    left: {
      probe: 'memory',
      maps: { mail: { role: 'owner' }, mailbox: { role: 'owner' }, mailboxes: { role: 'owner' } },
    },
    right: {
      probe: 'memory',
      maps: {
        mail: { role: 'borrower' },
        mailbox: { role: 'borrower' },
        mailboxes: { role: 'borrower' },
      },
    },
  },
});

akin('regions whose ids begin alike are told apart', async ({ left, right }) => {
  const names = ['mail', 'mailbox', 'mailboxes'] as const;
  for (const [index, name] of names.entries()) await left.page(name).write(addressPattern(index));

  for (const [index, name] of names.entries())
    await expect(right.page(name)).toHold(addressPattern(index));
});

/** Adjacent in host memory: a mapping that is a page too long would show the neighbour. */
const adjacent = xenTest({
  sharedMemory: {
    before: { size: PAGE, hostAddress: 0x6000_0000n },
    middle: { size: 3 * PAGE, hostAddress: 0x6000_1000n },
    after: { size: PAGE, hostAddress: 0x6000_4000n },
  },
  domains: {
    owner: {
      probe: 'memory',
      maps: { before: { role: 'owner' }, middle: { role: 'owner' }, after: { role: 'owner' } },
    },
    borrower: { probe: 'memory', maps: { middle: { role: 'borrower' } } },
  },
});

adjacent(
  'the pages around a region are untouched and out of reach',
  async ({ owner, borrower }) => {
    await owner.page('before').write(addressPattern(1));
    await owner.page('after').write(addressPattern(2));

    await borrower.page('middle').write(constantPattern(~0n));

    await expect(owner.page('before')).toHold(addressPattern(1));
    await expect(owner.page('after')).toHold(addressPattern(2));
    const { guestAddress, size } = borrower.page('middle');
    await expect(borrower).toAbortAt(guestAddress - 8n);
    await expect(borrower).toReach(guestAddress);
    await expect(borrower).toReach(guestAddress + BigInt(size) - 8n);
    await expect(borrower).toAbortAt(guestAddress + BigInt(size));
  },
);
