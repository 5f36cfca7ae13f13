// SPDX-License-Identifier: Apache-2.0
// Instructions from shared pages: an owner's are its own RAM, a borrower's are execute-never.
import { expect, PAGE, SubjectError, xenTest } from '#crosspage';

const spec = {
  sharedMemory: { code: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { code: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { code: { role: 'borrower' } } },
  },
} as const;
const test = xenTest(spec);
const watched = xenTest(spec, { requires: ['stage2-introspection'] });

/** `mov w0, #42; ret` */
const code = 0xd65f_03c0_5280_0540n;

test('an owner runs code that a borrower wrote', async ({ owner, borrower }) => {
  await borrower.page('code').store(0, code);
  await borrower.page('code').cleanAndInvalidate();
  await owner.page('code').clean('PoU');

  expect(await owner.execute(owner.page('code').guestAddress)).toBe(42n);
});

watched(
  'a borrower never gets an instruction from the page: it tries again, and Xen lives on',
  async ({ owner, borrower, system }) => {
    const { guestAddress } = borrower.page('code');
    await owner.page('code').store(0, code);
    await owner.page('code').clean('PoU');
    // It is never answered; that the vCPU goes round is seen from outside.
    const fetching = borrower.execute(guestAddress);

    await Promise.all([
      expect(fetching).rejects.toThrow(SubjectError),
      system.seeRefetch(guestAddress),
    ]);
    await owner.ping();
  },
);
