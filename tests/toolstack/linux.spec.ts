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
import {
  borrowed,
  dom0 as dom0WithGuests,
  hostAddress,
  iomem as halves,
  lent,
  linuxMemory,
  linuxPair,
  reservedMemory,
  size,
} from './linux-pair.ts';

const memory = MiB(32);
const guestAddress = 0x5000_0000n;
const words = size / 8;

const spec = { xen: preferFlavour('shared-memory'), reservedMemory } as const;
const needs = {
  requires: ['xl-iomem-cacheable', 'iomem-cacheable'],
  isolation: 'file',
} as const;
const test = toolstackTest(spec, needs);
/** What Xen maps is looked at from outside too. */
const seen = toolstackTest(spec, {
  ...needs,
  requires: [...needs.requires, 'stage2-introspection'],
});

const iomem = [{ hostAddress, size, guestAddress, as: 'memory' }] as const;

test('dom0 finds the region that its device tree tells of', async ({ dom0 }) => {
  expect(await dom0.output(['shm', 'list'])).toBe('id=window address=0x70000000 size=0x4000\n');
});

seen(
  'dom0 and a domain that has the memory by iomem exchange every word',
  async ({ dom0, toolstack }) => {
    const theirs = (await toolstack.create({ name: 'user', memory, iomem })).page('window');

    expect(await dom0.output(['shm', 'fill', 'window', 'address', '1'])).toBe(`words=${words}\n`);
    await expect(theirs).toHold(addressPattern(1));

    await theirs.write(addressPattern(2));
    const found = await dom0.output(['shm', 'check', 'window', 'address', '2']);
    expect(found).toBe(`words=${words} bad=0\n`);
    await expect(theirs).toBeMappedAs({ ...mappingOf('iomem memory', 'domU'), hostAddress });
  },
);

for (const [as, theirsIs] of [
  ['memory', 'normal-write-back, inner shareable'],
  ['devmem', 'device-nGnRE, outer shareable'],
] as const)
  seen(
    `iomem as ${as}: dom0 has the same frames cacheable and outer shareable, which is told as a mismatch`,
    async ({ toolstack }) => {
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
    },
  );

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

const filled = (bytes: number): string => `words=${bytes / 8}`;
const good = (bytes: number): string => `${filled(bytes)} bad=0`;

const sharingNeeds = { requires: ['xl-static-shm'] } as const;
const sharing = toolstackTest(linuxPair, sharingNeeds);
/** What Xen maps is looked at from outside too. */
const seenSharing = toolstackTest(linuxPair, {
  ...sharingNeeds,
  requires: [...sharingNeeds.requires, 'stage2-introspection'],
});

sharing(
  'what a Linux domain is asked and answers comes through as it is, one after the other',
  async ({ toolstack }) => {
    const linux = toolstack.linux('owner');
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

for (const name of ['owner', 'borrower'] as const)
  sharing(
    `of Linux domains that dom0 created as it booted, the ${name} sleeps and wakes up while nobody asks the other`,
    async ({ board, toolstack }) => {
      expect(await toolstack.linux(name).output('sleep 0.2; echo awake')).toBe('awake');
      expect(() => toolstack.linux('third')).toThrow(
        `${board.name}: has no Linux domain third (it has: owner, borrower)`,
      );
    },
  );

seenSharing(
  'iomem: Linux has it with the attributes that were asked for',
  async ({ toolstack }) => {
    const linux = toolstack.linux('owner');

    await expect(linux.page('window')).toBeMappedAs({
      ...mappingOf('iomem memory', 'domU (Linux)'),
      hostAddress: halves[0].hostAddress,
    });
    await expect(linux.page('iomem')).toBeMappedAs({
      ...mappingOf('iomem devmem', 'domU (Linux)'),
      hostAddress: halves[1].hostAddress,
    });
  },
);

sharing('static_shm: Linux lends, bare metal borrows', async ({ toolstack }) => {
  const linux = toolstack.linux('owner');
  const theirs = (await toolstack.create({ name: 'probe', memory, staticShm: [borrowed] })).page(
    'area',
  );

  expect(await linux.output('shm list')).toBe('id=area address=0x44000000 size=0x4000');
  expect(await linux.output('shm fill area address 3')).toBe(filled(size));
  await expect(theirs).toHold(addressPattern(3));
  await theirs.write(addressPattern(4));
  expect(await linux.output('shm check area address 4')).toBe(good(size));
});

seenSharing('static_shm: Linux lends, Linux borrows', async ({ toolstack }) => {
  const [owner, borrower] = [toolstack.linux('owner'), toolstack.linux('borrower')];

  expect(await owner.output('shm fill area address 7')).toBe(filled(size));
  expect(await borrower.output('shm check area address 7')).toBe(good(size));
  expect(await borrower.output('shm fill area constant 0x1122334455667788')).toBe(filled(size));
  expect(await owner.output('shm check area constant 0x1122334455667788')).toBe(good(size));

  await expect(owner.page('area')).toBeMappedAs(mappingOf('static_shm', 'owner (Linux)'));
  await expect(borrower.page('area')).toBeMappedAs(mappingOf('static_shm', 'borrower (Linux)'));
  await expect(borrower.page('area')).toShareFramesWith(owner.page('area'));
  await expect(borrower.page('area')).toMatchAttributesOf(owner.page('area'));
});

sharing(
  'a command of a Linux that panics ends with the panic, and so does the test’s health',
  async ({ toolstack }) => {
    const linux = toolstack.linux('owner');
    const words = 'Kernel panic - not syncing: sysrq triggered crash';

    const dying = linux.output('echo c > /proc/sysrq-trigger');

    await expect(dying).rejects.toThrow(SubjectError);
    await expect(dying).rejects.toThrow(
      new RegExp(`^\\S+ domain owner \\(d${linux.domid}\\): its kernel died: ${words}\\n`),
    );
    await expect(toolstack.checkHealth()).rejects.toThrow(words);
    // A test that leaves it there fails.
    await linux.destroy();
  },
);

sharing(
  'a Linux that was destroyed under a command is told as gone',
  async ({ dom0, toolstack }) => {
    // An owner would stay, dying, as long as it is borrowed from.
    const linux = toolstack.linux('borrower');
    const waiting = linux.output('sleep 60');
    // It is under way once it is written: what is written later would come again in XenStore.
    const request = `/local/domain/${linux.domid}/data/request`;
    await expect
      .poll(async () => (await dom0.run(['xenstore-read', request])).stdout)
      .toContain('sleep 60');
    await dom0.output(['xl', 'destroy', String(linux.domid)]);

    await expect(waiting).rejects.toThrow(
      new RegExp(`^\\S+ domain borrower \\(d${linux.domid}\\): did not answer \`sleep 60\``),
    );
    await expect(waiting).rejects.toThrow(/last seen: xl list: Error: Domain '\d+' does not exist/);
  },
);

const lending = toolstackTest(
  { xen: preferFlavour('shared-memory'), dom0: dom0WithGuests, reservedMemory },
  { requires: ['xl-static-shm', 'stage2-introspection'] },
);
// A Linux boots, on an emulated processor.
lending.describe.configure({ timeout: 300_000 });

lending(
  'static_shm: bare metal lends, Linux borrows all of one region, and another from an offset on',
  async ({ toolstack }) => {
    const whole = { ...lent, id: 'whole', begin: 0x41f0_0000n } as const;
    const rest = { ...lent, id: 'rest', begin: 0x41e0_0000n } as const;
    const owner = await toolstack.create({ name: 'owner', memory, staticShm: [whole, rest] });
    const offset = 2 * PAGE;
    const part = size - offset;
    const begin = 0x5100_0000n;
    const staticShm = [
      { ...borrowed, id: 'whole' },
      { ...borrowed, id: 'rest', begin, offset, size: part },
    ] as const;
    const config = { name: 'borrower', memory: linuxMemory, staticShm };
    const linux = await toolstack.createLinux(config, { budgetMs: 250_000 });
    const ours = { whole: owner.page('whole'), rest: owner.page('rest') };

    await lending.step('it is told of both, and exchanges every word', async () => {
      const told = [
        'id=whole address=0x50000000 size=0x4000',
        'id=rest address=0x51000000 size=0x2000',
      ];
      expect((await linux.output('shm list')).split('\n').sort()).toEqual(told.sort());
      await ours.whole.write(addressPattern(5));
      expect(await linux.output('shm check whole address 5')).toBe(good(size));
      expect(await linux.output('shm fill whole address 6')).toBe(filled(size));
      await expect(ours.whole).toHold(addressPattern(6));
    });
    await lending.step('from the offset on, and no more than that', async () => {
      await ours.rest.write(addressPattern(1));
      expect(await linux.output(`shm check rest address 1 ${offset}`)).toBe(good(part));
      expect(await linux.output(`shm fill rest address 2 ${offset}`)).toBe(filled(part));
      await expect(ours.rest.part(offset, part)).toHold(addressPattern(2));
      await expect(ours.rest.part(0, offset)).toHold(addressPattern(1));
      await expect(linux.at(begin, part)).toBeMappedAs(mappingOf('static_shm', 'borrower (Linux)'));
      await expect(linux.at(begin, part)).toShareFramesWith(ours.rest.part(offset, part));
      expect(await linux.at(begin + BigInt(part)).stage2()).toEqual([undefined]);
    });
    await lending.step(
      'by the module it is Normal memory; by /dev/mem, as no RAM, Device',
      async () => {
        expect(await linux.output('shm unaligned whole')).toBe('unaligned=works');
        expect(await linux.output('shm unaligned 0x50000000+0x4000')).toBe('unaligned=faults');
      },
    );
    await lending.step('the owner keeps the words when it goes', async () => {
      await linux.destroy();
      await expect(ours.whole).toHold(addressPattern(6));
      await expect(ours.rest.part(offset, part)).toHold(addressPattern(2));
    });
  },
);
