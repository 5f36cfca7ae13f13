// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
    third: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

const ends = [
  ['powers off', 'powerOff'],
  ['crashes', 'crash'],
  ['hangs', 'hang'],
] as const;

for (const [what, verb] of ends)
  for (const who of ['owner', 'borrower'] as const)
    test(`when the ${who} ${what}, the others keep the region and what was written`, async ({
      owner,
      borrower,
      third,
    }) => {
      const ending = { owner, borrower }[who];
      const staying = { owner: borrower, borrower: owner }[who];
      await ending.page('mailbox').write(addressPattern(1));

      await ending[verb]();

      await expect(staying.page('mailbox')).toHold(addressPattern(1));
      await staying.page('mailbox').write(addressPattern(2));
      await expect(third.page('mailbox')).toHold(addressPattern(2));
    });

test('when the owner panics, the others keep the region', async ({ owner, borrower, third }) => {
  await owner.page('mailbox').write(addressPattern(1));

  await owner.panic('asked to');

  await expect(borrower.page('mailbox')).toHold(addressPattern(1));
  await borrower.page('mailbox').write(addressPattern(2));
  await expect(third.page('mailbox')).toHold(addressPattern(2));
});
