// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, KiB, xenTest } from '#crosspage';

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
