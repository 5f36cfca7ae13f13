// SPDX-License-Identifier: Apache-2.0
// Instructions from shared pages: an owner's are its own RAM, a borrower's are execute-never.
import { expect, PAGE, SubjectError, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { code: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { code: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { code: { role: 'borrower' } } },
  },
});

/** `mov w0, #42; ret` */
const code = 0xd65f_03c0_5280_0540n;

test('an owner runs code that a borrower wrote', async ({ owner, borrower }) => {
  await borrower.page('code').store(0, code);
  await borrower.page('code').cleanAndInvalidate();
  await owner.page('code').clean('PoU');

  expect(await owner.execute(owner.page('code').guestAddress)).toBe(42n);
});

test('a borrower never gets an instruction from the page, and Xen lives on', async ({
  owner,
  borrower,
}) => {
  await owner.page('code').store(0, code);
  await owner.page('code').clean('PoU');
  const fetching = borrower.execute(borrower.page('code').guestAddress, 300);

  await expect(fetching).rejects.toThrow(SubjectError);
  await owner.ping();
});
