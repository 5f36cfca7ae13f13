// SPDX-License-Identifier: Apache-2.0
// What is wrong with static_shm: the harness tells it before anything is created; past its checks
// xl tells it, in these words, and leaves nothing behind.
import {
  expect,
  hex,
  MiB,
  MisuseError,
  PAGE,
  preferFlavour,
  toolstackTest,
  type XlStaticShm,
} from '#crosspage';

const test = toolstackTest(
  { xen: preferFlavour('shared-memory') },
  { requires: ['xl-static-shm'], isolation: 'file' },
);

const memory = MiB(32);
const lent: XlStaticShm = { id: 'area', begin: 0x41f0_0000n, size: 4 * PAGE, role: 'owner' };
const borrowed: XlStaticShm = { id: 'area', begin: 0x5000_0000n, size: PAGE, role: 'borrower' };
const owner = { name: 'owner', memory, staticShm: [lent] };

/** How xl exits: 1 for what it cannot read, else libxl's error without its sign. */
const exit = { unreadable: 1, failed: 3, invalid: 6 };

/** A second domain beside the owner, what it gets wrong, and what xl says of it. */
const wrong: readonly (readonly [string, readonly XlStaticShm[], RegExp, keyof typeof exit])[] = [
  ['a second owner', [{ ...lent, role: 'owner' }], /can only have one owner/, 'failed'],
  [
    'more than the owner has',
    [{ ...borrowed, size: 8 * PAGE }],
    /exceed the owner's 0x4000 bytes/,
    'failed',
  ],
  [
    'an offset with which it ends behind the owner’s region',
    [{ ...borrowed, offset: 4 * PAGE }],
    /exceed the owner's 0x4000 bytes/,
    'failed',
  ],
  [
    'the same id twice',
    [borrowed, { ...borrowed, begin: 0x5100_0000n }],
    /the domain has the same id twice/,
    'invalid',
  ],
  [
    'a place in its own RAM',
    [{ ...borrowed, begin: 0x4100_0000n }],
    /overlaps the domain's own memory/,
    'failed',
  ],
  [
    'the place of its UART',
    [{ ...borrowed, begin: 0x2200_0000n }],
    /overlaps the addresses of the UART/,
    'failed',
  ],
  [
    'a begin off a page boundary',
    [{ ...borrowed, begin: 0x5000_0010n }],
    /not a multiple of/,
    'invalid',
  ],
  ['a size off a page boundary', [{ ...borrowed, size: 0x10 }], /not a multiple of/, 'invalid'],
  [
    'an offset off a page boundary',
    [{ ...borrowed, offset: 0x10 }],
    /not a multiple of/,
    'invalid',
  ],
  ['a size of nothing', [{ ...borrowed, size: 0 }], /size/, 'invalid'],
  [
    'a cache policy, which is the owner’s',
    [{ ...borrowed, cachePolicy: 'ARM_normal' }],
    /cache_policy/,
    'invalid',
  ],
];

for (const [what, staticShm, said, code] of wrong)
  test(`${what}: told before, and past that by xl`, async ({ dom0, toolstack }) => {
    await toolstack.create(owner);
    const config = { name: 'second', memory, staticShm };
    await expect(toolstack.create(config)).rejects.toThrow(MisuseError);

    const refused = await toolstack.xlCreate({ ...config, kernel: dom0.probePath });

    expect(refused.stderr).toMatch(said);
    expect(refused.code).toBe(exit[code]);
    expect((await toolstack.list()).map(({ name }) => name)).toEqual(['Domain-0', 'owner']);
  });

/** A first domain alone, what it gets wrong, and what xl says of it. */
const alone: readonly (readonly [string, XlStaticShm, RegExp, keyof typeof exit])[] = [
  [
    'a borrower before its owner',
    borrowed,
    /no owner found: create the domain that owns it first/,
    'failed',
  ],
  [
    'an owner without RAM there',
    { ...lent, begin: 0x5000_0000n },
    /is not in the owner's memory/,
    'failed',
  ],
  ['an offset of the owner', { ...lent, offset: PAGE }, /offset/, 'invalid'],
];

for (const [what, shm, said, code] of alone)
  test(`${what}: told before, and past that by xl`, async ({ dom0, toolstack }) => {
    const config = { name: 'first', memory, staticShm: [shm] };
    await expect(toolstack.create(config)).rejects.toThrow(MisuseError);

    const refused = await toolstack.xlCreate({ ...config, kernel: dom0.probePath });

    expect(refused.stderr).toMatch(said);
    expect(refused.code).toBe(exit[code]);
  });

// A domain of less than 128 MiB has both at the end of its RAM, the device tree last. How large they are
// only libxl knows.
for (const [what, begin] of [
  ['device tree', 0x41ff_f000n],
  ['ramdisk', 0x41ff_0000n],
] as const)
  test(`an owner’s region where its ${what} is loaded: xl refuses it`, async ({
    dom0,
    toolstack,
  }) => {
    const { probePath: kernel } = dom0;
    const staticShm = [{ ...lent, begin, size: PAGE }];

    const refused = await toolstack.xlCreate({
      ...{ name: 'first', memory, kernel, ramdisk: kernel, staticShm },
    });

    expect(refused.stderr).toMatch(new RegExp(`overlaps the domain's ${what}, 0x41f`));
    expect(refused.code).toBe(exit.failed);
  });

const begin = `begin=${hex(lent.begin)}`;

for (const [what, text, said] of [
  ['no id', `${begin}, size=0x1000, role=owner`, /"id" is missing/],
  ['no begin', 'id=a, size=0x1000, role=owner', /"begin" is missing/],
  ['no size', `id=a, ${begin}, role=owner`, /"size" is missing/],
  ['an unknown key', `id=a, ${begin}, size=0x1000, owner=1`, /is no key of static_shm/],
  ['an unknown role', `id=a, ${begin}, size=0x1000, role=lender`, /is neither owner nor borrower/],
  ['another access', `id=a, ${begin}, size=0x1000, role=owner, prot=ro`, /is not rw/],
  ['a key twice', `id=a, id=b, ${begin}, size=0x1000, role=owner`, /is there twice/],
  ['a word without a value', `id=a, ${begin}, size=0x1000, owner`, /is not key=value/],
  [
    'a number that is none',
    `id=a, begin=here, size=0x1000, role=owner`,
    /is not a number of bytes/,
  ],
] as const)
  test(`${what} in the text: xl names the place and what it wants`, async ({ dom0, toolstack }) => {
    const config = { name: 'first', memory, kernel: dom0.probePath, staticShm: [text] };

    const refused = await toolstack.xlCreate(config);

    expect(refused.stderr).toMatch(said);
    expect(refused.stderr).toContain(text);
    expect(refused.code).toBe(exit.unreadable);
  });

test('x86’s cache policy is one that xl knows, and that no Arm has', async ({
  dom0,
  toolstack,
}) => {
  const text = `id=a, ${begin}, size=0x1000, role=owner, cache_policy=x86_normal`;
  const config = { name: 'first', memory, kernel: dom0.probePath, staticShm: [text] };

  const refused = await toolstack.xlCreate(config);

  expect(refused.stderr).toContain('cache policy not supported on this platform');
  expect(refused.code).toBe(exit.invalid);
});
