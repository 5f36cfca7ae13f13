// SPDX-License-Identifier: Apache-2.0
import { addressPattern, constantPattern, expect, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

test('passes', async ({ owner, borrower }) => {
  await owner.page('mailbox').write(addressPattern());
  await expect(borrower.page('mailbox')).toHold(addressPattern());
});

test('fails by what it asserts', async ({ owner, borrower }) => {
  await owner.page('mailbox').write(addressPattern(1));
  await borrower.page('mailbox').part(0x800, 0x40).write(constantPattern(0n));
  await expect(owner.page('mailbox')).toHold(addressPattern(1));
});

test('fails although it asserts nothing wrong: a domain dies', async ({ owner, borrower }) => {
  await owner.client.request('fault', { budgetMs: 300 }).catch(() => undefined);
  await borrower.page('mailbox').write(addressPattern());
});

test('runs for long', async ({ owner }) => {
  await owner.client.run('sleep 0x3938700', { budgetMs: 60_000 });
});

const wrong = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: { one: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } } },
});

wrong('misuses the specification', ({ one }) => {
  expect(one.name).toBe('one');
});

// The machine has no IOMMU to be forced.
const dead = xenTest({
  xen: { bootargs: ['iommu=force'] },
  domains: { one: { probe: 'memory' } },
});

dead('boots a Xen that panics', ({ one }) => {
  expect(one.name).toBe('one');
});

const hardware = xenTest({ domains: { one: { probe: 'memory' } } }, { requires: ['data-cache'] });

hardware('needs what this board has not', ({ one }) => {
  expect(one.name).toBe('one');
});

const shared = xenTest({
  isolation: 'file',
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

shared.describe('of one boot', () => {
  shared('the first leaves its words behind', async ({ owner }) => {
    await owner.page('mailbox').write(addressPattern(3));
    await expect(owner.page('mailbox')).toHold(addressPattern(3));
  });

  shared('the second finds poison, and the same system', async ({ borrower, system }) => {
    await expect(borrower.page('mailbox')).toHold(constantPattern(0xdead_c0de_dead_c0den));
    expect(borrower.client.exchanges.length).toBeGreaterThan(0);
    expect(system.loss.missing).toBe(0);
  });
});

shared.describe('after an end', () => {
  shared('the first powers a domain off', async ({ owner }) => {
    await owner.powerOff();
  });

  shared('the second gets another boot', async ({ owner }) => {
    await expect(owner.page('mailbox')).toHold(constantPattern(0xdead_c0de_dead_c0den));
  });
});

const other = xenTest({ isolation: 'file', domains: { alone: { probe: 'memory' } } });

other.describe('after an end', () => {
  other('the third is of another specification', async ({ alone }) => {
    await alone.ping();
  });
});
