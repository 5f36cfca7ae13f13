// SPDX-License-Identifier: Apache-2.0
// SRAM with a Linux dom0, whose own driver gives it to user space: a file of sysfs (the kernel's
// drivers/misc/sram.c), beside domains that xl makes and domains that Xen makes.
import {
  addressPattern,
  expect,
  hex,
  KiB,
  mappingOf,
  MiB,
  PAGE,
  preferFlavour,
  toolstackTest,
} from '#crosspage';

const memory = MiB(32);
const size = KiB(16);
const hostAddress = 0x6800_0000n;
const guestAddress = 0x5000_0000n;
const words = size / 8;
const filled = `words=${words}\n`;
const good = `words=${words} bad=0\n`;

/** What the driver calls the file, below the device that it calls by the address as well. */
const name = `${hostAddress.toString(16)}.sram`;
const file = `/sys/bus/platform/devices/${name}/${name}`;

const spec = {
  xen: preferFlavour('shared-memory'),
  sram: { bank: { size, hostAddress, exported: true } },
} as const;
const needs = { requires: ['xl-iomem-cacheable', 'iomem-cacheable'], isolation: 'file' } as const;
const test = toolstackTest(spec, needs);
/** What Xen maps is looked at from outside too. */
const seen = toolstackTest(spec, {
  ...needs,
  requires: [...needs.requires, 'stage2-introspection'],
});

for (const [as, mapped] of [
  ['memory', mappingOf('iomem memory', 'domU')],
  ['devmem', mappingOf('iomem devmem', 'domU')],
] as const) {
  const iomem = [{ hostAddress, size, guestAddress, as }] as const;

  seen(
    `dom0 by its driver’s file and a domain by iomem as ${as} exchange every word`,
    async ({ dom0, toolstack }) => {
      const theirs = (await toolstack.create({ name: 'user', memory, iomem })).page('bank');

      expect(await dom0.output(['shm', 'fill', file, 'address', '1'])).toBe(filled);
      await expect(theirs).toHold(addressPattern(1));
      await theirs.write(addressPattern(2));
      expect(await dom0.output(['shm', 'check', file, 'address', '2'])).toBe(good);

      await expect(theirs).toBeMappedAs({ ...mapped, hostAddress });
    },
  );
}

seen(
  'dom0 has it cacheable and outer shareable at stage 2, and the same frames as a domain',
  async ({ toolstack }) => {
    const iomem = [{ hostAddress, size, guestAddress, as: 'memory' }] as const;
    const theirs = (await toolstack.create({ name: 'user', memory, iomem })).page('bank');
    const ours = toolstack.dom0At(hostAddress, size);

    await expect(ours).toBeMappedAs({ ...mappingOf('xen,reg-cacheable', 'dom0'), hostAddress });
    await expect(theirs).toShareFramesWith(ours);
  },
);

test('a domain that shares nothing does not reach the bank', async ({ toolstack }) => {
  const stranger = await toolstack.create({ name: 'stranger', memory });

  await expect(stranger).toAbortAt(guestAddress);
  await expect(stranger).toAbortAt(hostAddress);
});

test('/dev/mem does not give what the driver has, and gives it as Device once it has not', async ({
  dom0,
}) => {
  const range = `${hex(hostAddress)}+${hex(PAGE)}`;
  const claimed = await dom0.run(['shm', 'unaligned', range]);
  const driver = '/sys/bus/platform/drivers/sram';
  await dom0.output(['shm', 'fill', file, 'address', '3']);

  await dom0.output(['sh', '-c', `echo ${name} > ${driver}/unbind`]);
  const asIs = await dom0.output(['shm', 'unaligned', range]);
  const synchronous = await dom0.output(['shm', 'unaligned', `sync:${range}`]);
  const found = await dom0.output(['shm', 'check', range, 'address', '3']);
  await dom0.output(['sh', '-c', `echo ${name} > ${driver}/bind`]);

  expect(claimed.stderr).toBe('shm: mmap: Operation not permitted\n');
  expect([asIs, synchronous]).toEqual(['unaligned=faults\n', 'unaligned=faults\n']);
  expect(found).toBe(`words=${PAGE / 8} bad=0\n`);
});

const besideSpec = {
  ...spec,
  domains: {
    device: { probe: 'memory', sram: { bank: {} } },
    cacheable: { probe: 'memory', sram: { bank: { by: 'xen,reg-cacheable' } } },
  },
} as const;
const beside = toolstackTest(besideSpec, { requires: ['reg-cacheable'], isolation: 'file' });
/** What Xen maps is looked at from outside too. */
const seenBeside = toolstackTest(besideSpec, {
  requires: ['reg-cacheable', 'stage2-introspection'],
  isolation: 'file',
});

beside.describe('beside domains that Xen made', () => {
  // Such a system is booted, not restored: once, by one worker.
  beside.describe.configure({ mode: 'default' });

  for (const domain of ['device', 'cacheable'] as const)
    beside(
      `dom0 and the dom0less domain “${domain}” exchange every word`,
      async ({ dom0, toolstack }) => {
        const theirs = toolstack.booted(domain).page('bank');

        expect(await dom0.output(['shm', 'fill', file, 'address', '4'])).toBe(filled);
        await expect(theirs).toHold(addressPattern(4));
        await theirs.write(addressPattern(5));
        expect(await dom0.output(['shm', 'check', file, 'address', '5'])).toBe(good);
      },
    );

  seenBeside(
    'xen,reg gives a dom0less domain Device memory, xen,reg-cacheable what dom0 has',
    async ({ toolstack }) => {
      const asDevice = toolstack.booted('device').page('bank');
      const asMemory = toolstack.booted('cacheable').page('bank');

      await expect(asDevice).toBeMappedAs({ ...mappingOf('xen,reg', 'domU'), hostAddress });
      await expect(asMemory).toBeMappedAs({
        ...mappingOf('xen,reg-cacheable', 'domU'),
        hostAddress,
      });
      await expect(toolstack.dom0At(hostAddress, size)).toBeMappedAs({
        ...mappingOf('xen,reg-cacheable', 'dom0'),
        hostAddress,
      });
    },
  );
});
