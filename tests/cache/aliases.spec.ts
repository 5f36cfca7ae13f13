// SPDX-License-Identifier: Apache-2.0
// One page through mappings with other attributes than its other users have. QEMU models no caches:
// here it is proved that every alias reaches the memory; whether it may be stale is for a board
// (tests/cache/staleness.spec.ts).
import { addressPattern, expect, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  isolation: 'file',
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

const attributes = [
  'normal-write-back',
  'normal-write-through',
  'normal-non-cacheable',
  'device-nGnRE',
] as const;

for (const [index, writes] of attributes.entries())
  for (const [offset, reads] of attributes.entries())
    test(`what is written ${writes} and cleaned is read ${reads}`, async ({ owner, borrower }) => {
      const pattern = addressPattern(16 * index + offset + 1);
      const page = owner.page('mailbox').as(writes);
      await borrower.page('mailbox').cleanAndInvalidate();
      await page.write(pattern);
      await page.cleanAndInvalidate();

      await expect(borrower.page('mailbox').as(reads)).toHold(pattern);
    });
