// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, KiB, noisePattern, PAGE, xenTest } from '#crosspage';

const roleless = xenTest({
  sharedMemory: { commons: { size: PAGE } },
  domains: {
    left: { probe: 'memory', maps: { commons: {} } },
    right: { probe: 'memory', maps: { commons: {} } },
  },
});

roleless.describe('without roles, Xen itself owns the region', () => {
  roleless('each domain reads every word of the other', async ({ left, right }) => {
    await left.page('commons').write(addressPattern(1));
    await expect(right.page('commons')).toHold(addressPattern(1));

    await right.page('commons').write(addressPattern(2));
    await expect(left.page('commons')).toHold(addressPattern(2));
  });
});

const several = xenTest({
  sharedMemory: { board: { size: KiB(64) } },
  domains: {
    owner: { probe: 'memory', maps: { board: { role: 'owner' } } },
    first: { probe: 'memory', maps: { board: { role: 'borrower' } } },
    second: { probe: 'memory', maps: { board: { role: 'borrower' } } },
    third: { probe: 'memory', maps: { board: { role: 'borrower' } } },
  },
});

several.describe('one owner and several borrowers', () => {
  several('every borrower reads what the owner wrote', async ({ owner, first, second, third }) => {
    await owner.page('board').write(noisePattern(3));

    await expect(first.page('board')).toHold(noisePattern(3));
    await expect(second.page('board')).toHold(noisePattern(3));
    await expect(third.page('board')).toHold(noisePattern(3));
  });

  several(
    'each writes a quarter and all read the whole',
    async ({ owner, first, second, third }) => {
      const domains = [owner, first, second, third];
      const quarter = KiB(16);
      for (const [index, domain] of domains.entries())
        await domain
          .page('board')
          .part(index * quarter, quarter)
          .write(addressPattern());

      for (const domain of domains) await expect(domain.page('board')).toHold(addressPattern());
    },
  );
});

const reversed = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
  },
});

reversed(
  'a borrower that is declared before the owner shares all the same',
  async ({ owner, borrower }) => {
    await owner.page('mailbox').write(addressPattern(8));
    await expect(borrower.page('mailbox')).toHold(addressPattern(8));

    await borrower.page('mailbox').write(addressPattern(9));
    await expect(owner.page('mailbox')).toHold(addressPattern(9));
  },
);
