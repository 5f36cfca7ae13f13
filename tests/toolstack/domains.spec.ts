// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, MiB, toolstackTest } from '#crosspage';

const test = toolstackTest({ xen: { flavour: 'debian' } });

test('a bare-metal domain is created, uses its RAM, and leaves nothing behind', async ({
  toolstack,
}) => {
  const alone = await toolstack.create({ name: 'alone', memory: MiB(32) });
  const page = alone.at(0x4100_0000n);

  await page.write(addressPattern());

  await expect(page).toHold(addressPattern());
  expect((await toolstack.list()).map(({ name }) => name)).toEqual(['Domain-0', 'alone']);
});
