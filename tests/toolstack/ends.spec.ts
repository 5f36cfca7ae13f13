// SPDX-License-Identifier: Apache-2.0
// What becomes of shared memory when one of those who share it is reset or crashes: with xl's
// defaults, which create a domain that resets anew, and destroy one that crashed.
import {
  addressPattern,
  constantPattern,
  expect,
  mappingOf,
  MiB,
  PAGE,
  preferFlavour,
  SubjectError,
  toolstackTest,
} from '#crosspage';

const spec = { xen: preferFlavour('shared-memory') } as const;
const needs = { requires: ['xl-static-shm'], isolation: 'file' } as const;
const test = toolstackTest(spec, needs);
/** What Xen maps is looked at from outside too. */
const seen = toolstackTest(spec, {
  ...needs,
  requires: [...needs.requires, 'stage2-introspection'],
});

const memory = MiB(32);
const lent = { id: 'area', begin: 0x41f0_0000n, size: 2 * PAGE, role: 'owner' } as const;
const owner = { name: 'owner', memory, staticShm: [lent] } as const;
const borrowed = { id: 'area', begin: 0x5000_0000n, size: 2 * PAGE, role: 'borrower' } as const;
const borrower = { name: 'borrower', memory, staticShm: [borrowed] } as const;

seen(
  'a borrower that is reset has the owner’s pages again, and their words',
  async ({ toolstack }) => {
    const ours = (await toolstack.create(owner)).page('area');
    const before = await toolstack.create(borrower);
    await before.page('area').write(addressPattern(1));

    const after = await toolstack.reboot(before);

    expect(after.domid).toBeGreaterThan(before.domid);
    await expect(after.page('area')).toHold(addressPattern(1));
    await expect(after.page('area')).toBeMappedAs(mappingOf('static_shm', 'borrower'));
    await expect(after.page('area')).toShareFramesWith(ours);
  },
);

seen(
  'an owner that is reset, and that nobody borrowed from, lends again',
  async ({ toolstack }) => {
    const before = await toolstack.create(owner);

    const after = await toolstack.reboot(before);
    const theirs = (await toolstack.create(borrower)).page('area');
    await after.page('area').write(addressPattern(2));

    await expect(theirs).toHold(addressPattern(2));
    await expect(after.page('area')).toBeMappedAs(mappingOf('static_shm', 'owner'));
    await expect(theirs).toShareFramesWith(after.page('area'));
  },
);

test('an owner that is reset while it is borrowed from stays away: its borrowers have its old pages', async ({
  toolstack,
}) => {
  const lender = await toolstack.create(owner);
  const theirs = (await toolstack.create(borrower)).page('area');
  await lender.page('area').write(addressPattern(3));

  const again = toolstack.reboot(lender);

  await expect(again).rejects.toThrow(SubjectError);
  await expect(again).rejects.toThrow(/domain owner \(d\d+\): was reset, and xl did not create it/);
  // A new owner would share with none of those who have the old one's memory.
  await expect(again).rejects.toThrow(/still borrows the memory of an owner that is gone/);
  await expect(theirs).toHold(addressPattern(3));
  await theirs.write(constantPattern(5n));
  await expect(theirs).toHold(constantPattern(5n));
});

seen(
  'an owner that crashes is destroyed: its borrower keeps the pages, and no one else owns the id',
  async ({ dom0, toolstack }) => {
    const lender = await toolstack.create(owner);
    const user = await toolstack.create(borrower);
    await lender.page('area').write(addressPattern(4));

    await lender.crash();
    await toolstack.untilEnded(lender);

    await expect(user.page('area')).toHold(addressPattern(4));
    const refused = await toolstack.xlCreate({ ...owner, kernel: dom0.probePath });
    expect(refused.stderr).toContain(
      `domain ${user.domid} still borrows the memory of an owner that is gone: destroy it first`,
    );
    await user.destroy();
    const next = await toolstack.create(owner);
    await expect((await toolstack.create(borrower)).page('area')).toShareFramesWith(
      next.page('area'),
    );
  },
);

test('a borrower that crashes is destroyed: the owner keeps its words, XenStore forgets the borrower', async ({
  dom0,
  toolstack,
}) => {
  const ours = (await toolstack.create(owner)).page('area');
  const user = await toolstack.create(borrower);
  await user.page('area').write(addressPattern(5));

  await user.crash();
  await toolstack.untilEnded(user);

  await expect(ours).toHold(addressPattern(5));
  const left = await dom0.output(['xenstore-ls', '-f', '/libxl/static_shm/area']);
  expect(left).not.toContain('borrowers');
});

test('xl saves no domain on Arm, one that shares memory included', async ({ dom0, toolstack }) => {
  const ours = await toolstack.create(owner);

  const saved = await dom0.run(['xl', 'save', ours.name, '/run/saved']);

  expect(saved.code).not.toBe(0);
  expect(saved.stderr).toMatch(/^command not implemented$/m);
  await ours.ping();
});
