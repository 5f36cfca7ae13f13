// SPDX-License-Identifier: Apache-2.0
// A domain gives up one page of a shared region that Xen mapped by 2 MiB blocks: the block is split
// (xen/arch/arm/mmu/p2m.c, p2m_split_superpage), and nothing else of it changes.
import { addressPattern, constantPattern, expect, MiB, PAGE, xenTest } from '#crosspage';

const size = MiB(4);

const test = xenTest(
  {
    sharedMemory: { block: { size, hostAddress: 0x7000_0000n } },
    domains: {
      owner: { probe: 'memory', maps: { block: { role: 'owner' } } },
      borrower: { probe: 'memory', maps: { block: { role: 'borrower' } } },
    },
  },
  { requires: ['stage2-introspection'] },
);

/** A page in the first half of the first block, so that both halves have others. */
const hole = 7 * PAGE;

for (const giver of ['owner', 'borrower'] as const)
  test(`the ${giver} gives up a page of a block, and both keep the rest`, async ({
    owner,
    borrower,
  }) => {
    const pages = { owner: owner.page('block'), borrower: borrower.page('block') };
    const domains = { owner, borrower };
    const start = pages[giver].guestAddress;
    await pages.owner.write(addressPattern());

    await domains[giver].removeFromPhysmap(start + BigInt(hole));

    for (const [from, length] of [
      [0, hole],
      [hole + PAGE, size - hole - PAGE],
    ] as const) {
      const [one, other] = [pages.owner.part(from, length), pages.borrower.part(from, length)];
      await expect(one).toShareFramesWith(other);
      await expect(one).toHold(addressPattern());
      await expect(other).toHold(addressPattern());
    }
  });

for (const giver of ['owner', 'borrower'] as const)
  test(`the ${giver} no longer reaches a page that it read before and gave up`, async ({
    owner,
    borrower,
  }) => {
    const domains = { owner, borrower };
    const page = domains[giver].page('block').part(hole, PAGE);
    await page.read();

    await domains[giver].removeFromPhysmap(page.guestAddress);

    await expect(domains[giver]).toAbortAt(page.guestAddress);
    await expect(domains[giver]).toReach(page.guestAddress + BigInt(PAGE));
  });

const alone = xenTest({
  sharedMemory: { area: { size: 4 * PAGE } },
  domains: { owner: { probe: 'memory', maps: { area: { role: 'owner' } } } },
});

alone('what Xen maps in place of a page is seen at once', async ({ owner }) => {
  const area = owner.page('area');
  const second = area.part(PAGE, PAGE);
  const word = 0x5eed_5eed_5eed_5eedn;
  await area.write(constantPattern(word));

  const { before, after } = await owner.replaceBySharedInfo(second);

  expect(before).toBe(word);
  expect(after, 'the page that was replaced is still read through the TLB').not.toBe(word);
  await expect(area.part(2 * PAGE, PAGE)).toHold(constantPattern(word));
});
