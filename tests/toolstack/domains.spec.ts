// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, MiB, SubjectError, toolstackTest } from '#crosspage';

const test = toolstackTest({ xen: { flavour: 'debian' } }, { isolation: 'file' });
const memory = MiB(32);

test('a bare-metal domain is created, uses its RAM, and leaves nothing behind', async ({
  toolstack,
}) => {
  const alone = await toolstack.create({ name: 'alone', memory: MiB(32) });
  const page = alone.at(0x4100_0000n);

  await page.write(addressPattern());

  await expect(page).toHold(addressPattern());
  expect((await toolstack.list()).map(({ name }) => name)).toEqual(['Domain-0', 'alone']);
});

test('domains that are created at once are told apart', async ({ toolstack }) => {
  const names = ['one', 'other'];
  const made = await Promise.all(names.map((name) => toolstack.create({ name, memory })));

  const listed = await toolstack.list();
  for (const { name, domid } of made)
    expect(listed).toContainEqual(expect.objectContaining({ name, domid }));
  await Promise.all(made.map((domain) => domain.ping()));
});

test('a domain that powers itself off is no fault, and nothing of it is left', async ({
  toolstack,
}) => {
  const alone = await toolstack.create({ name: 'alone', memory });

  await alone.powerOff();

  await expect.poll(async () => (await toolstack.list()).length).toBe(1);
  expect(await toolstack.destroyAll()).toEqual([]);
});

test('a domain that does not come up in time is the subject’s fault, and is destroyed', async ({
  toolstack,
}) => {
  // Of an option that a file has twice xl takes the last: the probe is told of no run.
  const config = { name: 'late', memory, others: { extra: 'nothing' } } as const;
  const creating = toolstack.create(config, { budgetMs: 200 });

  await expect(creating).rejects.toThrow(SubjectError);
  await expect(creating).rejects.toThrow(/its probe did not show itself within 200 ms/);
  expect((await toolstack.list()).map(({ name }) => name)).toEqual(['Domain-0', 'late']);
  expect(await toolstack.destroyAll()).toEqual([]);
});
