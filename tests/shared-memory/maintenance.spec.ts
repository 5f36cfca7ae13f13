// SPDX-License-Identifier: Apache-2.0
// What QEMU can show of cache maintenance and of waiting: the acts go through and change nothing.
import { addressPattern, constantPattern, expect, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

for (const [what, act] of [
  ['clean to the PoC', 'clean-poc'],
  ['clean to the PoU', 'clean-pou'],
  ['clean and invalidate', 'clean-invalidate-poc'],
] as const)
  test(`${what}: one act, and the words stay`, async ({ owner, borrower }) => {
    const page = owner.page('mailbox');
    const before = owner.client.exchanges.length;
    await page.write(addressPattern());

    if (act === 'clean-invalidate-poc') await page.cleanAndInvalidate();
    else await page.clean(act === 'clean-poc' ? 'PoC' : 'PoU');

    const acts = owner.client.exchanges.slice(before);
    expect(acts.map(({ command }) => command.split(' ', 2))).toEqual([
      ['fill', expect.any(String)],
      ['cache', act],
    ]);
    await expect(page).toHold(addressPattern());
    await expect(borrower.page('mailbox').as('normal-non-cacheable')).toHold(addressPattern());
  });

test('a page that comes to hold a pattern is waited for, and only so long', async ({
  owner,
  borrower,
}) => {
  await owner.page('mailbox').write(constantPattern(0n));
  await expect(
    expect(borrower.page('mailbox')).toEventuallyHold(addressPattern(), { within: 20 }),
  ).rejects.toThrow(/512 of 512 words differ[^]*readings {2}\d+ within 20 ms/);

  const waiting = expect(borrower.page('mailbox')).toEventuallyHold(addressPattern(), {
    within: 10_000,
  });
  await owner.page('mailbox').write(addressPattern());

  await waiting;
});
