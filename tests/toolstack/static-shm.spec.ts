// SPDX-License-Identifier: Apache-2.0
// xl's static_shm: a domain lends a part of its RAM to others (docs/man/xl-static-shm-
// configuration.5 of the toolstack that has it).
import {
  addressPattern,
  constantPattern,
  describeSharedRegions,
  expect,
  mappingOf,
  MiB,
  PAGE,
  preferFlavour,
  toolstackTest,
  type XlDomain,
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
/** The owner's region: the last pages of its RAM but some. */
const lent = { id: 'area', begin: 0x41f0_0000n, size: 4 * PAGE, role: 'owner' } as const;
const owner = { name: 'owner', memory, staticShm: [lent] } as const;
const borrowed = { id: 'area', begin: 0x5000_0000n, size: 4 * PAGE, role: 'borrower' } as const;
const borrower = { name: 'borrower', memory, staticShm: [borrowed] } as const;

test('every word arrives in both directions', async ({ toolstack }) => {
  const ours = (await toolstack.create(owner)).page('area');
  const theirs = (await toolstack.create(borrower)).page('area');

  await ours.write(addressPattern());
  await expect(theirs).toHold(addressPattern());

  await theirs.write(addressPattern(1));
  await expect(ours).toHold(addressPattern(1));
});

seen(
  'the owner’s pages are its RAM, the borrower’s are foreign, the same frames, with one attribute',
  async ({ toolstack }) => {
    const ours = (await toolstack.create(owner)).page('area');
    const theirs = (await toolstack.create(borrower)).page('area');

    await expect(ours).toBeMappedAs(mappingOf('static_shm', 'owner'));
    await expect(theirs).toBeMappedAs(mappingOf('static_shm', 'borrower'));
    await expect(theirs).toShareFramesWith(ours);
    await expect(theirs).toMatchAttributesOf(ours);
  },
);

seen(
  'a borrower sees the region from its offset on, and where its device tree says',
  async ({ toolstack }) => {
    const ours = await toolstack.create(owner);
    const part = { ...borrowed, offset: 2 * PAGE, size: 2 * PAGE } as const;
    const theirs = await toolstack.create({ ...borrower, staticShm: [part] });
    await ours.page('area').write(addressPattern());

    await expect(theirs.page('area')).toShareFramesWith(ours.page('area').part(2 * PAGE, 2 * PAGE));
    await expect(theirs).toAbortAt(borrowed.begin + BigInt(2 * PAGE));
    const { begin: guestAddress } = borrowed;
    const place = { guestAddress, size: 2 * PAGE, offset: BigInt(2 * PAGE) };
    const regions = describeSharedRegions(await theirs.deviceTree());
    expect(regions).toEqual([expect.objectContaining({ id: 'area', ...place })]);
  },
);

test('several borrowers, one of them of a part, have the same frames', async ({ toolstack }) => {
  const ours = (await toolstack.create(owner)).page('area');
  const one = (await toolstack.create(borrower)).page('area');
  const last = { ...borrowed, begin: 0x6000_0000n, offset: 3 * PAGE, size: PAGE } as const;
  const other = await toolstack.create({ name: 'other', memory, staticShm: [last] });

  await other.page('area').write(constantPattern(7n));

  await expect(ours.part(3 * PAGE, PAGE)).toHold(constantPattern(7n));
  await expect(one.part(3 * PAGE, PAGE)).toHold(constantPattern(7n));
});

test('two regions between the same domains are two, and each is told of both', async ({
  toolstack,
}) => {
  const second = { ...lent, id: 'second', begin: 0x41e0_0000n } as const;
  const lender = await toolstack.create({ ...owner, staticShm: [lent, second] });
  const user = await toolstack.create({
    ...borrower,
    staticShm: [borrowed, { ...borrowed, id: 'second', begin: 0x5100_0000n }],
  });

  await lender.page('area').write(constantPattern(1n));
  await lender.page('second').write(constantPattern(2n));

  await expect(user.page('area')).toHold(constantPattern(1n));
  await expect(user.page('second')).toHold(constantPattern(2n));
  const told = async (domain: XlDomain): Promise<(readonly [string, bigint])[]> =>
    describeSharedRegions(await domain.deviceTree()).map((one) => [one.id, one.guestAddress]);
  expect(await told(lender)).toEqual([
    ['second', second.begin],
    ['area', lent.begin],
  ]);
  expect(await told(user)).toEqual([
    ['area', borrowed.begin],
    ['second', 0x5100_0000n],
  ]);
});

seen('a domain that shares nothing does not reach the region', async ({ toolstack }) => {
  const ours = (await toolstack.create(owner)).page('area');
  await toolstack.create(borrower);
  const stranger = await toolstack.create({ name: 'stranger', memory });

  await expect(stranger).toAbortAt(borrowed.begin);
  await expect(stranger.at(lent.begin, 4 * PAGE)).not.toShareFramesWith(ours);
});

test('the borrower goes first: the owner keeps its words, and another may borrow', async ({
  toolstack,
}) => {
  const ours = (await toolstack.create(owner)).page('area');
  const first = await toolstack.create(borrower);
  await first.page('area').write(addressPattern(2));

  await first.destroy();

  await expect(ours).toHold(addressPattern(2));
  const again = await toolstack.create(borrower);
  await expect(again.page('area')).toHold(addressPattern(2));
});

test('the owner goes first: the borrower keeps the pages until it goes, then nothing is left', async ({
  toolstack,
}) => {
  const lender = await toolstack.create(owner);
  const user = await toolstack.create(borrower);
  await lender.page('area').write(addressPattern(3));

  await lender.destroy();

  await expect(user.page('area')).toHold(addressPattern(3));
  await user.page('area').write(constantPattern(9n));
  await expect(user.page('area')).toHold(constantPattern(9n));
});

test('a borrower outlives its owner’s crash', async ({ toolstack }) => {
  const lender = await toolstack.create({ ...owner, onCrash: 'preserve' });
  const user = (await toolstack.create(borrower)).page('area');
  await lender.page('area').write(addressPattern(4));

  await lender.crash();

  await expect(user).toHold(addressPattern(4));
});

test.describe('in a long session', () => {
  // Up to nine domains come and go first.
  test.describe.configure({ timeout: 240_000 });

  test('domains past the ninth share as well', async ({ toolstack }) => {
    // Domids are never given again while dom0 runs: earlier tests have used some.
    for (let last = 0; last < 9;) {
      const before = await toolstack.create({ name: 'before', memory: MiB(8) });
      last = before.domid;
      await before.destroy();
    }
    const lender = await toolstack.create(owner);
    const user = await toolstack.create(borrower);
    expect(lender.domid).toBeGreaterThan(9);

    await lender.page('area').write(addressPattern());

    await expect(user.page('area')).toHold(addressPattern());
  });
});
