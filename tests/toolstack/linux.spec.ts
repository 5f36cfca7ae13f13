// SPDX-License-Identifier: Apache-2.0
// Linux as a user of shared memory: our module gives it as cacheable dma-bufs, `shm` uses them
// (images/linux/shared-memory).
import {
  addressPattern,
  expect,
  hex,
  mappingOf,
  MiB,
  MisuseError,
  PAGE,
  preferFlavour,
  SubjectError,
  toolstackTest,
} from '#crosspage';

const memory = MiB(32);
const hostAddress = 0x7000_0000n;
const guestAddress = 0x5000_0000n;
const size = 4 * PAGE;
const words = size / 8;

const test = toolstackTest(
  { xen: preferFlavour('shared-memory'), reservedMemory: { window: { size, hostAddress } } },
  { requires: ['xl-iomem-cacheable', 'iomem-cacheable'] },
);

const iomem = [{ hostAddress, size, guestAddress, as: 'memory' }] as const;

test('dom0 finds the region that its device tree tells of', async ({ dom0 }) => {
  expect(await dom0.output(['shm', 'list'])).toBe('id=window address=0x70000000 size=0x4000\n');
});

test('dom0 and a domain that has the memory by iomem exchange every word', async ({
  dom0,
  toolstack,
}) => {
  const theirs = (await toolstack.create({ name: 'user', memory, iomem })).page('window');

  expect(await dom0.output(['shm', 'fill', 'window', 'address', '1'])).toBe(`words=${words}\n`);
  await expect(theirs).toHold(addressPattern(1));

  await theirs.write(addressPattern(2));
  const found = await dom0.output(['shm', 'check', 'window', 'address', '2']);
  expect(found).toBe(`words=${words} bad=0\n`);
  await expect(theirs).toBeMappedAs({ ...mappingOf('iomem memory', 'domU'), hostAddress });
});

for (const [as, theirsIs] of [
  ['memory', 'normal-write-back, inner shareable'],
  ['devmem', 'device-nGnRE, outer shareable'],
] as const)
  test(`iomem as ${as}: dom0 has the same frames cacheable and outer shareable, which is told as a mismatch`, async ({
    toolstack,
  }) => {
    const user = {
      name: 'user',
      memory,
      iomem: [{ hostAddress, size, guestAddress, as }],
    } as const;
    const theirs = (await toolstack.create(user)).page('window');
    const ours = toolstack.dom0Page('window');

    await expect(ours).toBeMappedAs({ ...mappingOf(`iomem ${as}`, 'dom0 (Linux)'), hostAddress });
    await expect(ours).toShareFramesWith(theirs);
    await expect(expect(ours).toMatchAttributesOf(theirs)).rejects.toThrow(
      `the parties map the page with different attributes: dom0 normal-write-back, outer shareable; user ${theirsIs}`,
    );
  });

test('dom0 has it as Normal memory, and only by the module: /dev/mem keeps to itself what is RAM', async ({
  dom0,
}) => {
  const range = `${hex(hostAddress)}+${hex(size)}`;

  const refused = await dom0.run(['shm', 'unaligned', range]);

  expect(await dom0.output(['shm', 'unaligned', 'window'])).toBe('unaligned=works\n');
  expect(refused.stderr).toBe('shm: mmap: Operation not permitted\n');
});

test('a private mapping is refused: what is written there would go to no other domain', async ({
  dom0,
}) => {
  const refused = await dom0.run(['shm', 'private', 'window']);

  expect(refused.stderr).toBe('shm: mmap: Invalid argument\n');
});

/** Linux takes more than the probe: its Image alone has 40 MiB. */
const linuxMemory = MiB(96);

const sharing = toolstackTest(
  {
    xen: preferFlavour('shared-memory'),
    dom0: { linux: 'dom0', guest: 'domu', memory: MiB(384) },
    reservedMemory: { window: { size, hostAddress } },
  },
  { requires: ['xl-static-shm'] },
);

/** In the domain's RAM, behind its kernel and before its initial root file system. */
const lent = { id: 'area', begin: 0x4400_0000n, size, role: 'owner' } as const;
const borrowed = { id: 'area', begin: guestAddress, size, role: 'borrower' } as const;
const filled = `words=${words}`;
const good = `words=${words} bad=0`;

// A second Linux boots, on an emulated processor.
sharing.describe.configure({ timeout: 180_000 });

sharing(
  'what a Linux domain is asked and answers comes through as it is, one after the other',
  async ({ toolstack }) => {
    const linux = await toolstack.createLinux({ name: 'alone', memory: linuxMemory });
    const odd = String.raw`tab: "	" backslashes: \n\t\x41 quotes: ' percent: %s`;

    const command = `cat << 'end'\n-n ${odd}\nsecond line\nend`;
    const texts = await Promise.all([linux.output(command), linux.output('echo two')]);

    expect(texts).toEqual([`-n ${odd}\nsecond line`, 'two']);
    await expect(linux.output('exit 3')).rejects.toThrow(/ended with exit code 3/);
    await linux.destroy();
    await expect(linux.output('true')).rejects.toThrow(MisuseError);
    expect(await toolstack.destroyAll()).toEqual([]);
  },
);
sharing('iomem: Linux has it with the attributes that were asked for', async ({ toolstack }) => {
  const half = { hostAddress, size: size / 2, guestAddress, as: 'memory' } as const;
  const other = hostAddress + BigInt(half.size);
  const linux = await toolstack.createLinux({
    name: 'user',
    memory: linuxMemory,
    iomem: [half, { ...half, hostAddress: other, guestAddress: 0x5100_0000n, as: 'devmem' }],
  });

  await expect(linux.page('window')).toBeMappedAs({
    ...mappingOf('iomem memory', 'domU (Linux)'),
    hostAddress,
  });
  await expect(linux.page('iomem')).toBeMappedAs({
    ...mappingOf('iomem devmem', 'domU (Linux)'),
    hostAddress: other,
  });
});

sharing('static_shm: Linux lends, bare metal borrows', async ({ toolstack }) => {
  const linux = await toolstack.createLinux({
    name: 'owner',
    memory: linuxMemory,
    staticShm: [lent],
  });
  const theirs = (await toolstack.create({ name: 'borrower', memory, staticShm: [borrowed] })).page(
    'area',
  );

  expect(await linux.output('shm list')).toBe('id=area address=0x44000000 size=0x4000');
  expect(await linux.output('shm fill area address 3')).toBe(filled);
  await expect(theirs).toHold(addressPattern(3));
  await theirs.write(addressPattern(4));
  expect(await linux.output('shm check area address 4')).toBe(good);
});

sharing('static_shm: bare metal lends, Linux borrows', async ({ toolstack }) => {
  const begin = 0x41f0_0000n;
  const owner = { name: 'owner', memory, staticShm: [{ ...lent, begin }] } as const;
  const ours = (await toolstack.create(owner)).page('area');
  const linux = await toolstack.createLinux({
    name: 'borrower',
    memory: linuxMemory,
    staticShm: [borrowed],
  });

  expect(await linux.output('shm list')).toBe('id=area address=0x50000000 size=0x4000');
  await ours.write(addressPattern(5));
  expect(await linux.output('shm check area address 5')).toBe(good);
  expect(await linux.output('shm fill area address 6')).toBe(filled);
  await expect(ours).toHold(addressPattern(6));
  expect(await linux.output('shm unaligned area')).toBe('unaligned=works');
  // It is no RAM of this Linux's: /dev/mem gives it, as Device.
  expect(await linux.output('shm unaligned 0x50000000+0x4000')).toBe('unaligned=faults');
});

sharing('static_shm: Linux lends, Linux borrows', async ({ toolstack }) => {
  const owner = await toolstack.createLinux({
    name: 'owner',
    memory: linuxMemory,
    staticShm: [lent],
  });
  const borrower = await toolstack.createLinux({
    name: 'borrower',
    memory: linuxMemory,
    staticShm: [borrowed],
  });

  expect(await owner.output('shm fill area address 7')).toBe(filled);
  expect(await borrower.output('shm check area address 7')).toBe(good);
  expect(await borrower.output('shm fill area constant 0x1122334455667788')).toBe(filled);
  expect(await owner.output('shm check area constant 0x1122334455667788')).toBe(good);

  await expect(owner.page('area')).toBeMappedAs(mappingOf('static_shm', 'owner (Linux)'));
  await expect(borrower.page('area')).toBeMappedAs(mappingOf('static_shm', 'borrower (Linux)'));
  await expect(borrower.page('area')).toShareFramesWith(owner.page('area'));
  await expect(borrower.page('area')).toMatchAttributesOf(owner.page('area'));
});

sharing(
  'a command of a Linux that panics ends with the panic, and so does the test’s health',
  async ({ toolstack }) => {
    const linux = await toolstack.createLinux({ name: 'owner', memory: linuxMemory });
    const words = 'Kernel panic - not syncing: sysrq triggered crash';

    const dying = linux.output('echo c > /proc/sysrq-trigger');

    await expect(dying).rejects.toThrow(SubjectError);
    await expect(dying).rejects.toThrow(
      new RegExp(`^qemu-virt domain owner \\(d${linux.domid}\\): its kernel died: ${words}\\n`),
    );
    await expect(toolstack.checkHealth()).rejects.toThrow(words);
    // A test that leaves it there fails.
    await linux.destroy();
  },
);

sharing(
  'a Linux that was destroyed under a command is told as gone',
  async ({ dom0, toolstack }) => {
    const linux = await toolstack.createLinux({ name: 'owner', memory: linuxMemory });
    const waiting = linux.output('sleep 60');
    await dom0.output(['xl', 'destroy', String(linux.domid)]);

    await expect(waiting).rejects.toThrow(
      new RegExp(`^qemu-virt domain owner \\(d${linux.domid}\\): did not answer \`sleep 60\``),
    );
    await expect(waiting).rejects.toThrow(/last seen: xl list: Error: Domain '\d+' does not exist/);
  },
);
