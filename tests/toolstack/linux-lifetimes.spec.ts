// SPDX-License-Identifier: Apache-2.0
// static_shm with Linux in a domain: who else reaches it, and what is left when a party is destroyed,
// panics or reboots.
import { addressPattern, expect, mappingOf, MiB, toolstackTest } from '#crosspage';
import { borrowed, linuxPair, size } from './linux-pair.ts';

const memory = MiB(32);
const filled = `words=${size / 8}`;
const good = `${filled} bad=0`;

const needs = { requires: ['xl-static-shm'] } as const;
const test = toolstackTest(linuxPair, needs);
/** What Xen maps is looked at from outside too. */
const seen = toolstackTest(linuxPair, {
  ...needs,
  requires: [...needs.requires, 'stage2-introspection'],
});

seen(
  'what Linux lends to Linux nobody else reaches, and the borrower keeps it when the owner goes',
  async ({ toolstack }) => {
    const [owner, borrower] = [toolstack.linux('owner'), toolstack.linux('borrower')];
    const stranger = await toolstack.create({ name: 'stranger', memory });
    const ours = owner.page('area');

    await expect(borrower.page('area')).toShareFramesWith(ours);
    await expect(stranger).toAbortAt(borrowed.begin);
    await expect(stranger.at(0x41f0_0000n, size)).not.toShareFramesWith(ours);
    expect(await owner.output('shm fill area address 3')).toBe(filled);

    await owner.destroy();

    expect(await borrower.output('shm check area address 3')).toBe(good);
    expect(await borrower.output('shm fill area address 4')).toBe(filled);
    expect(await borrower.output('shm check area address 4')).toBe(good);
  },
);

test('borrowers outlive the panic of a Linux that lends', async ({ toolstack }) => {
  const [owner, borrower] = [toolstack.linux('owner'), toolstack.linux('borrower')];
  const theirs = (await toolstack.create({ name: 'probe', memory, staticShm: [borrowed] })).page(
    'area',
  );
  expect(await owner.output('shm fill area address 5')).toBe(filled);

  await owner.panic(50_000);

  await expect(theirs).toHold(addressPattern(5));
  await theirs.write(addressPattern(6));
  expect(await borrower.output('shm check area address 6')).toBe(good);
  await expect(theirs).toHold(addressPattern(6));
});

test.describe('with a reboot', () => {
  // A Linux boots, on an emulated processor.
  test.describe.configure({ timeout: 300_000 });

  seen('a Linux that borrows has the same memory again after a reboot', async ({ toolstack }) => {
    const [owner, linux] = [toolstack.linux('owner'), toolstack.linux('borrower')];
    const { domid } = linux;
    expect(await linux.output('shm fill area address 7')).toBe(filled);

    await linux.reboot(250_000);

    expect(linux.domid).toBeGreaterThan(domid);
    expect(await linux.output('shm check area address 7')).toBe(good);
    expect(await owner.output('shm fill area address 8')).toBe(filled);
    expect(await linux.output('shm check area address 8')).toBe(good);
    await expect(linux.page('area')).toBeMappedAs(mappingOf('static_shm', 'borrower (Linux)'));
    await expect(linux.page('area')).toShareFramesWith(owner.page('area'));
  });
});
