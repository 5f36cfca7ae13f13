// SPDX-License-Identifier: Apache-2.0
// xl's iomem on reserved memory: host memory that nobody allocates, given to domains.
import {
  addressPattern,
  expect,
  mappingOf,
  MiB,
  PAGE,
  preferFlavour,
  toolstackTest,
} from '#crosspage';

const memory = MiB(32);
const hostAddress = 0x7000_0000n;
const size = 2 * PAGE;
const reservedMemory = { window: { size, hostAddress } } as const;
const guestAddress = 0x5000_0000n;

const cacheableSpec = { xen: preferFlavour('shared-memory'), reservedMemory } as const;
const cacheableNeeds = {
  requires: ['xl-iomem-cacheable', 'iomem-cacheable'],
  isolation: 'file',
} as const;
const cacheable = toolstackTest(cacheableSpec, cacheableNeeds);
/** What Xen maps is looked at from outside too. */
const seen = toolstackTest(cacheableSpec, {
  ...cacheableNeeds,
  requires: [...cacheableNeeds.requires, 'stage2-introspection'],
});

for (const as of ['memory', 'devmem'] as const) {
  const iomem = [{ hostAddress, size, guestAddress, as }] as const;

  cacheable(
    `as ${as}: two domains exchange every word, and no third one`,
    async ({ toolstack }) => {
      const left = (await toolstack.create({ name: 'left', memory, iomem })).page('window');
      const right = (await toolstack.create({ name: 'right', memory, iomem })).page('window');
      const stranger = await toolstack.create({ name: 'stranger', memory });

      await left.write(addressPattern());
      await expect(right).toHold(addressPattern());
      await right.write(addressPattern(1));
      await expect(left).toHold(addressPattern(1));
      await expect(stranger).toAbortAt(guestAddress);
    },
  );

  seen(
    `as ${as}: Xen maps the range where it was asked for, with those attributes`,
    async ({ toolstack }) => {
      const domain = await toolstack.create({ name: 'user', memory, iomem });

      await expect(domain.page('window')).toBeMappedAs({
        ...mappingOf(`iomem ${as}`, 'domU'),
        hostAddress,
      });
      await expect(domain).toAbortAt(guestAddress + BigInt(size));
    },
  );
}

seen(
  'two domains that have it with one attribute match, one of each kind is told as a mismatch although data gets through',
  async ({ toolstack }) => {
    const asMemory = {
      memory,
      iomem: [{ hostAddress, size, guestAddress, as: 'memory' }],
    } as const;
    const asDevice = {
      memory,
      iomem: [{ hostAddress, size, guestAddress, as: 'devmem' }],
    } as const;
    const left = (await toolstack.create({ name: 'left', ...asMemory })).page('window');
    const right = (await toolstack.create({ name: 'right', ...asMemory })).page('window');
    const other = (await toolstack.create({ name: 'other', ...asDevice })).page('window');

    await left.write(addressPattern(4));
    await expect(other).toHold(addressPattern(4));
    await expect(other).toShareFramesWith(left);

    await expect(left).toMatchAttributesOf(right);
    await expect(expect(other).toMatchAttributesOf(left)).rejects.toThrow(
      'the parties map the page with different attributes: other device-nGnRE, outer shareable; left normal-write-back, inner shareable',
    );
  },
);

cacheable(
  'what one domain wrote is there for the next, after it was destroyed',
  async ({ toolstack }) => {
    const iomem = [{ hostAddress, size, guestAddress, as: 'memory' }] as const;
    const first = await toolstack.create({ name: 'first', memory, iomem });
    await first.page('window').write(addressPattern(3));
    await first.destroy();

    const second = await toolstack.create({ name: 'second', memory, iomem });

    await expect(second.page('window')).toHold(addressPattern(3));
  },
);

/** How xl exits: when it does not take a configuration, and when libxl does not create a domain. */
const exit = { configuration: 1, creation: 3 };

for (const [what, text, said, code] of [
  [
    'an unknown word',
    '0x70000,1@0x50000,foo',
    /"foo" is neither memory nor devmem/,
    exit.configuration,
  ],
  ['no number of pages', '0x70000', /Invalid argument parsing iomem/, exit.configuration],
  ['no page at all', '0x70000,0@0x50000', /NUM_PAGES is 0/, exit.configuration],
  [
    'RAM that is not reserved',
    '0x60000,1@0x50000,memory',
    /failed give domain access to iomem/,
    exit.creation,
  ],
] as const)
  cacheable(`xl refuses ${what}, and leaves nothing behind`, async ({ dom0, toolstack }) => {
    const kernel = dom0.probePath;
    const config = { name: 'refused', kernel, memory, iomem: [text] } as const;

    const refused = await toolstack.xlCreate(config);

    expect(refused.stderr).toMatch(said);
    expect(refused.code).toBe(code);
  });

const both = toolstackTest(
  { xen: preferFlavour('shared-memory'), reservedMemory },
  { requires: ['xl-iomem-cacheable', 'iomem-cacheable', 'xl-static-shm'], isolation: 'file' },
);

both('static_shm does not take the place of what iomem maps there', async ({ dom0, toolstack }) => {
  const lent = { id: 'area', begin: 0x41f0_0000n, size: PAGE, role: 'owner' } as const;
  await toolstack.create({ name: 'owner', memory, staticShm: [lent] });
  const config = {
    ...{ name: 'borrower', memory, kernel: dom0.probePath },
    iomem: [{ hostAddress, size, guestAddress, as: 'memory' }],
    staticShm: [{ id: 'area', begin: guestAddress, size: PAGE, role: 'borrower' }],
  } as const;

  await expect(toolstack.create(config)).rejects.toThrow(/overlaps/);
  const refused = await toolstack.xlCreate(config);

  expect(refused.stderr).toMatch(
    /static_shm id = area: can't map .* at address 0x50000000: File ex/,
  );
  expect(refused.code).toBe(exit.creation);
});

const upstream = toolstackTest({ xen: { flavour: 'debian' }, reservedMemory });

upstream(
  'upstream’s xl knows no attribute, and may not give reserved memory away',
  async ({ dom0, toolstack }) => {
    const kernel = dom0.probePath;
    const config = { name: 'refused', kernel, memory } as const;
    const range = { hostAddress, size, guestAddress };

    const asMemory = await toolstack.xlCreate({ ...config, iomem: [{ ...range, as: 'memory' }] });
    const asDevice = await toolstack.xlCreate({ ...config, iomem: [range] });

    expect(asMemory.stderr).toContain('Invalid argument parsing iomem: 0x70000,0x2@0x50000,memory');
    expect(asMemory.code).toBe(exit.configuration);
    expect(asDevice.stderr).toContain('failed give domain access to iomem range 70000-70001');
    expect(asDevice.code).toBe(exit.creation);
  },
);
