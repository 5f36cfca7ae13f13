// SPDX-License-Identifier: Apache-2.0
// What the two stages combine to, as the guest finds out: an unaligned load faults on Device memory
// and goes through on Normal memory (Arm ARM B2.5.2). A cell for each stage-1 attribute and each way
// in which Xen maps a shared page.
import { expect, PAGE, xenTest } from '#crosspage';

/** ESR_EL1.EC of a data abort without a change of exception level (Arm ARM D24.2.40). */
const dataAbort = 0x25;

const test = xenTest(
  {
    isolation: 'file',
    sharedMemory: { lent: { size: PAGE }, common: { size: PAGE } },
    domains: {
      owner: { probe: 'memory', maps: { lent: { role: 'owner' } } },
      borrower: { probe: 'memory', maps: { lent: { role: 'borrower' }, common: {} } },
      third: { probe: 'memory', maps: { common: {} } },
    },
  },
  { requires: ['device-alignment-fault'] },
);

const attributes = [
  { stage1: 'normal-write-back', device: false },
  { stage1: 'normal-write-through', device: false },
  { stage1: 'normal-non-cacheable', device: false },
  { stage1: 'device-GRE', device: true },
  { stage1: 'device-nGRE', device: true },
  { stage1: 'device-nGnRE', device: true },
  { stage1: 'device-nGnRnE', device: true },
] as const;

for (const { stage1, device } of attributes)
  for (const party of ['owner', 'borrower', 'domain without a role'] as const)
    test(`${party}, ${stage1}: an unaligned load ${device ? 'faults' : 'goes through'}`, async ({
      owner,
      borrower,
      third,
    }) => {
      const [domain, mapping] = {
        owner: [owner, owner.page('lent')] as const,
        borrower: [borrower, borrower.page('lent')] as const,
        'domain without a role': [third, third.page('common')] as const,
      }[party];
      const page = mapping.as(stage1);
      await page.store(0, 0x1122_3344_5566_7788n);
      await page.store(8, 0x99aa_bbcc_ddee_ff00n);
      await domain.invalidateTlb();

      if (device) {
        const abort = await page.probe(1);
        expect(abort).toMatchObject({ ec: dataAbort, far: page.guestAddress + 1n });
      } else {
        expect(await page.load(1)).toBe(0x0011_2233_4455_6677n);
      }
      // An aligned access goes through either way: it was the alignment, not the page.
      expect(await page.load(0)).toBe(0x1122_3344_5566_7788n);
    });
