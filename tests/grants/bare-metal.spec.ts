// SPDX-License-Identifier: Apache-2.0
// Grant tables between two domUs: the way to share a page that every Xen has, the baseline.
import {
  addressPattern,
  constantPattern,
  expect,
  GrantError,
  mappingOf,
  PAGE,
  xenTest,
} from '#crosspage';

const domains = { granter: { probe: 'memory' }, mapper: { probe: 'memory' } } as const;

/** Pages of the granter's RAM, and places where the mapper puts them: other ones for each test. */
const places = (nth: number): { granted: bigint; mapped: bigint } => ({
  granted: 0x4100_0000n + BigInt(nth) * 0x1_0000n,
  mapped: 0x5000_0000n + BigInt(nth) * 0x1_0000n,
});

// XSM SILO, the default on Arm, lets no two domUs share by grants. Without it Xen counts three
// seconds down at each boot, so that the tests share one.
const without = { xen: { bootargs: ['xsm=dummy'] }, isolation: 'file' } as const;
const test = xenTest({
  ...without,
  domains: { ...domains, other: { probe: 'memory' } },
});

test('every word arrives in both directions', async ({ granter, mapper }) => {
  const { granted, mapped } = places(0);
  const ref = await granter.grants.grant(mapper.domid, granted);
  await mapper.grants.map(granter.domid, ref, mapped);
  const [ours, theirs] = [granter.at(granted), mapper.at(mapped)];

  await ours.write(addressPattern());
  await expect(theirs).toHold(addressPattern());

  await theirs.write(addressPattern(1));
  await expect(ours).toHold(addressPattern(1));
});

test('only the page that was granted is mapped, and only where it was asked for', async ({
  granter,
  mapper,
}) => {
  const { granted, mapped } = places(1);
  const ref = await granter.grants.grant(mapper.domid, granted);
  await expect(mapper).toAbortAt(mapped);

  await mapper.grants.map(granter.domid, ref, mapped);

  await expect(mapper).toReach(mapped);
  await expect(mapper).toAbortAt(mapped + BigInt(PAGE));
  await expect(mapper).toAbortAt(mapped - 8n);
});

test('a page that is mapped cannot be taken back, one that was given up can', async ({
  granter,
  mapper,
}) => {
  const { granted, mapped } = places(2);
  const ref = await granter.grants.grant(mapper.domid, granted);
  const mapping = await mapper.grants.map(granter.domid, ref, mapped);
  expect(await granter.grants.end(ref)).toBe(false);

  await mapping.unmap();

  await expect(mapper).toAbortAt(mapped);
  expect(await granter.grants.end(ref)).toBe(true);
  const again = mapper.grants.map(granter.domid, ref, mapped);
  await expect(again).rejects.toThrow(GrantError);
  await expect(again).rejects.toMatchObject({ status: 'general_error' });
});

test('what was granted for reading is not mapped for writing', async ({ granter, mapper }) => {
  const { granted, mapped } = places(3);
  const ref = await granter.grants.grant(mapper.domid, granted, { access: 'ro' });
  await granter.at(granted).write(constantPattern(7n));

  const writable = mapper.grants.map(granter.domid, ref, mapped);
  await expect(writable).rejects.toMatchObject({ status: 'general_error' });

  await mapper.grants.map(granter.domid, ref, mapped, { access: 'ro' });
  await expect(mapper.at(mapped)).toHold(constantPattern(7n));
});

test('a grant is for the domain that it names', async ({ granter, mapper, other }) => {
  const { granted, mapped } = places(4);
  const ref = await granter.grants.grant(mapper.domid, granted);

  const stolen = other.grants.map(granter.domid, ref, mapped);

  await expect(stolen).rejects.toBeInstanceOf(GrantError);
  await expect(other).toAbortAt(mapped);
});

// The run's own flavour, and those that it does not boot by itself.
for (const flavour of [undefined, 'static-shm-4.17', 'shared-memory', 'debian', 'debian-4.17']) {
  const tables = xenTest(
    {
      ...without,
      xen: { ...without.xen, ...(flavour !== undefined && { flavour }) },
      domains: { ...domains, other: { probe: 'memory' } },
    },
    { requires: ['stage2-introspection'] },
  );

  for (const [access, party] of [
    ['rw', 'mapper'],
    ['ro', 'reader'],
  ] as const)
    tables(
      `${flavour ?? 'this hypervisor'}: a page granted ${access} is cacheable and never executed`,
      async ({ granter, mapper }) => {
        const { granted, mapped } = places(access === 'rw' ? 5 : 6);
        const ref = await granter.grants.grant(mapper.domid, granted, { access });
        await mapper.grants.map(granter.domid, ref, mapped, { access });
        const [ours, theirs] = [granter.at(granted), mapper.at(mapped)];

        await expect(theirs).toShareFramesWith(ours);
        await expect(theirs).toBeMappedAs(mappingOf('grant table', party));
        await expect(ours).toBeMappedAs(mappingOf('grant table', 'granter'));
        await expect(ours).toMatchAttributesOf(theirs);
      },
    );
}

const silo = xenTest({ domains });

silo('SILO, the default on Arm, refuses grants between two domUs', async ({ granter, mapper }) => {
  const { granted, mapped } = places(0);
  const ref = await granter.grants.grant(mapper.domid, granted);

  const refused = mapper.grants.map(granter.domid, ref, mapped);

  await expect(refused).rejects.toMatchObject({ status: 'permission_denied' });
  await expect(mapper).toAbortAt(mapped);
});
