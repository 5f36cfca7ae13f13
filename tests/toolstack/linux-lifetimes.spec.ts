// SPDX-License-Identifier: Apache-2.0
// static_shm with Linux in a domain: what each maps, who else reaches it, and what is left when a
// party is destroyed, panics or reboots.
import {
  mappingOf,
  addressPattern,
  expect,
  MiB,
  PAGE,
  preferFlavour,
  toolstackTest,
} from '#crosspage';

const memory = MiB(32);
/** Linux takes more than the probe: its Image alone has 40 MiB. */
const linuxMemory = MiB(96);
const size = 4 * PAGE;

/** In Linux' RAM, behind its kernel and before its initial root file system. */
const ofLinux = { id: 'area', begin: 0x4400_0000n, size, role: 'owner' } as const;
const ofProbe = { ...ofLinux, begin: 0x41f0_0000n } as const;
const borrowed = { id: 'area', begin: 0x5000_0000n, size, role: 'borrower' } as const;

const filled = (bytes: number): string => `words=${bytes / 8}`;
const good = (bytes: number): string => `${filled(bytes)} bad=0`;
const patient = { budgetMs: 300_000 };

const test = toolstackTest(
  {
    xen: preferFlavour('shared-memory'),
    dom0: { linux: 'dom0', guest: 'domu', memory: MiB(384) },
    // What other tests of Linux domains have, so that one saved machine serves them all.
    reservedMemory: { window: { size: 4 * PAGE, hostAddress: 0x7000_0000n } },
  },
  { requires: ['xl-static-shm'] },
);
// Each Linux boots on an emulated processor.
test.describe.configure({ timeout: 900_000 });

test('Linux borrows from an offset on, sees no more than that, and the owner keeps the words when it goes', async ({
  toolstack,
}) => {
  const offset = 2 * PAGE;
  const part = size - offset;
  const owner = { name: 'owner', memory, staticShm: [ofProbe] } as const;
  const ours = (await toolstack.create(owner)).page('area');
  const staticShm = [{ ...borrowed, offset, size: part }] as const;
  const linux = await toolstack.createLinux(
    { name: 'borrower', memory: linuxMemory, staticShm },
    patient,
  );
  const theirs = linux.at(borrowed.begin, part);

  expect(await linux.output('shm list')).toBe('id=area address=0x50000000 size=0x2000');
  await ours.write(addressPattern(1));
  expect(await linux.output(`shm check area address 1 ${offset}`)).toBe(good(part));
  expect(await linux.output(`shm fill area address 2 ${offset}`)).toBe(filled(part));
  await expect(ours.part(offset, part)).toHold(addressPattern(2));
  await expect(ours.part(0, offset)).toHold(addressPattern(1));
  await expect(theirs).toBeMappedAs(mappingOf('static_shm', 'borrower (Linux)'));
  await expect(theirs).toShareFramesWith(ours.part(offset, part));
  expect(await linux.at(borrowed.begin + BigInt(part)).stage2()).toEqual([undefined]);

  await linux.destroy();

  await expect(ours.part(offset, part)).toHold(addressPattern(2));
});

test('Linux lends to Linux, nobody else reaches it, and the borrower keeps it when the owner goes', async ({
  toolstack,
}) => {
  const owner = await toolstack.createLinux(
    { name: 'owner', memory: linuxMemory, staticShm: [ofLinux] },
    patient,
  );
  const borrower = await toolstack.createLinux(
    { name: 'borrower', memory: linuxMemory, staticShm: [borrowed] },
    patient,
  );
  const stranger = await toolstack.create({ name: 'stranger', memory });
  const [ours, theirs] = [owner.at(ofLinux.begin, size), borrower.at(borrowed.begin, size)];

  await expect(ours).toBeMappedAs(mappingOf('static_shm', 'owner (Linux)'));
  await expect(theirs).toBeMappedAs(mappingOf('static_shm', 'borrower (Linux)'));
  await expect(theirs).toShareFramesWith(ours);
  await expect(stranger).toAbortAt(borrowed.begin);
  await expect(stranger.at(ofProbe.begin, size)).not.toShareFramesWith(ours);
  expect(await owner.output('shm fill area address 3')).toBe(filled(size));

  await owner.destroy();

  expect(await borrower.output('shm check area address 3')).toBe(good(size));
  expect(await borrower.output('shm fill area address 4')).toBe(filled(size));
  expect(await borrower.output('shm check area address 4')).toBe(good(size));
});

test('a borrower outlives the panic of a Linux that lends', async ({ toolstack }) => {
  const owner = await toolstack.createLinux(
    { name: 'owner', memory: linuxMemory, staticShm: [ofLinux] },
    patient,
  );
  const theirs = (await toolstack.create({ name: 'borrower', memory, staticShm: [borrowed] })).page(
    'area',
  );
  expect(await owner.output('shm fill area address 5')).toBe(filled(size));

  await owner.panic(120_000);

  await expect(theirs).toHold(addressPattern(5));
  await theirs.write(addressPattern(6));
  await expect(theirs).toHold(addressPattern(6));
});

test('a Linux that borrows has the same memory again after a reboot', async ({ toolstack }) => {
  const owner = { name: 'owner', memory, staticShm: [ofProbe] } as const;
  const ours = (await toolstack.create(owner)).page('area');
  const config = { name: 'borrower', memory: linuxMemory, staticShm: [borrowed] } as const;
  const linux = await toolstack.createLinux(config, patient);
  const { domid } = linux;
  expect(await linux.output('shm fill area address 7')).toBe(filled(size));

  await linux.reboot(300_000);

  expect(linux.domid).toBeGreaterThan(domid);
  expect(await linux.output('shm check area address 7')).toBe(good(size));
  await ours.write(addressPattern(8));
  expect(await linux.output('shm check area address 8')).toBe(good(size));
  await expect(linux.at(borrowed.begin, size)).toShareFramesWith(ours);
});
