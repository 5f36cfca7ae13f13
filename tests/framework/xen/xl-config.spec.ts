// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { MiB, PAGE } from '../../../lib/support/units.ts';
import { findXlFaults } from '../../../lib/xen/xl-checks.ts';
import {
  iomemText,
  printXlConfig,
  staticShmText,
  type XlConfig,
  type XlStaticShm,
} from '../../../lib/xen/xl-config.ts';

const base: XlConfig = { name: 'owner', kernel: '/boot/probe', memory: MiB(32) };

test('each option is printed in the unit that xl takes', () => {
  expect(
    printXlConfig({
      ...base,
      extra: 'crosspage.run=0badcafe',
      vcpus: 2,
      vuart: 'sbsa_uart',
      deviceTree: '/root/part.dtb',
      iomem: [{ hostAddress: 0x7000_0000n, size: PAGE, guestAddress: 0x7100_0000n, as: 'memory' }],
      staticShm: [
        {
          id: 'ID1',
          begin: 0x4100_0000n,
          size: 2 * PAGE,
          role: 'owner',
          cachePolicy: 'ARM_normal',
        },
      ],
      llcColors: ['0-3', '8'],
      onCrash: 'preserve',
      others: { gic_version: 'v2' },
    }),
  ).toBe(
    [
      'name = "owner"',
      'kernel = "/boot/probe"',
      'extra = "crosspage.run=0badcafe"',
      'memory = 32',
      'vcpus = 2',
      'vuart = "sbsa_uart"',
      'device_tree = "/root/part.dtb"',
      'iomem = [ "0x70000,0x1@0x71000,memory" ]',
      'static_shm = [ "id=ID1, begin=0x41000000, size=0x2000, role=owner, cache_policy=ARM_normal" ]',
      'llc_colors = [ "0-3", "8" ]',
      'on_crash = "preserve"',
      'gic_version = "v2"',
      '',
    ].join('\n'),
  );
});

for (const [what, iomem, text] of [
  ['the same place without saying more', {}, '0x70000,0x3'],
  ['another place', { guestAddress: 0x5000_0000n }, '0x70000,0x3@0x50000'],
  [
    'the same place, as memory: the place has to be said',
    { as: 'memory' },
    '0x70000,0x3@0x70000,memory',
  ],
] as const)
  test(`iomem is printed in hexadecimal page frames: ${what}`, () => {
    expect(iomemText({ hostAddress: 0x7000_0000n, size: 3 * PAGE, ...iomem })).toBe(text);
  });

test('a text stands in the file as it was given', () => {
  const text = printXlConfig({ ...base, iomem: ['0x70000,1,memory'], staticShm: ['begin=1'] });
  expect(text).toContain('iomem = [ "0x70000,1,memory" ]\nstatic_shm = [ "begin=1" ]\n');
});

/** What xl makes of a quoted string (tools/libs/util/libxlu_cfg.c, xlu__cfgl_dequote). */
const dequote = (text: string): string =>
  text
    .slice(1, -1)
    .replaceAll(/\\(.)/g, (_all, escaped: string) => (escaped === 'n' ? '\n' : escaped));

test('whatever a text holds, xl reads the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (extra) => {
      const lines = printXlConfig({ ...base, extra }).split('\n');
      const line = lines.find((candidate) => candidate.startsWith('extra = ')) ?? '';
      expect(dequote(line.slice('extra = '.length))).toBe(extra);
    }),
  );
});

const owned: XlStaticShm = { id: 'ID1', begin: 0x4100_0000n, size: 4 * PAGE, role: 'owner' };
const lent: XlStaticShm = { id: 'ID1', begin: 0x5000_0000n, size: PAGE, offset: PAGE };
const owner: XlConfig = { ...base, staticShm: [owned] };
const borrower: XlConfig = { ...base, name: 'borrower', staticShm: [lent] };

test('an owner and its borrowers have no faults', () => {
  expect(findXlFaults([owner, borrower, { ...borrower, name: 'third' }])).toEqual([]);
});

const shm = (entry: Partial<XlStaticShm>, of: XlStaticShm = lent): XlConfig[] => [
  owner,
  { ...borrower, staticShm: [{ ...of, ...entry }] },
];

for (const [what, configs, fault] of [
  [
    'memory that is no whole MiB',
    [{ ...base, memory: MiB(32) + PAGE }],
    'owner.memory: 32 MiB is not a whole number of MiB',
  ],
  ['two domains of one name', [base, base], 'owner: is the name of two domains'],
  [
    'an unaligned begin',
    shm({ begin: 0x5000_0010n }),
    'borrower.staticShm[0].begin: 0x50000010 is not a multiple of 4 KiB',
  ],
  [
    'an unaligned size',
    shm({ size: 0x10 }),
    'borrower.staticShm[0].size: 0x10 is not a multiple of 4 KiB',
  ],
  [
    'an unaligned offset',
    shm({ offset: 0x10 }),
    'borrower.staticShm[0].offset: 0x10 is not a multiple of 4 KiB',
  ],
  ['no size', shm({ size: 0 }), 'borrower.staticShm[0].size: is 0, there is nothing to share'],
  [
    'an id with other characters',
    [{ ...base, staticShm: [{ ...owned, id: 'a-b' }] }],
    'owner.staticShm[0].id: "a-b" is not 1 to 128 letters, digits or "_"',
  ],
  [
    'an offset of the owner',
    [{ ...base, staticShm: [{ ...owned, offset: PAGE }] }],
    "owner.staticShm[0].offset: is a borrower's: an owner's region begins where it begins",
  ],
  [
    'a cache policy of a borrower',
    shm({ cachePolicy: 'ARM_normal' }),
    "borrower.staticShm[0].cachePolicy: is the owner's to say",
  ],
  [
    'an owner without RAM there',
    [{ ...base, staticShm: [{ ...owned, begin: 0x5000_0000n }] }],
    "owner.staticShm[0]: static_shm ID1 [0x50000000, 0x50004000) is not in the owner's RAM [0x40000000, 0x42000000)",
  ],
  [
    'a borrower over its RAM',
    shm({ begin: 0x4100_0000n }),
    'borrower: static_shm ID1 [0x41000000, 0x41001000) overlaps RAM [0x40000000, 0x42000000)',
  ],
  [
    'a borrower over a device',
    shm({ begin: 0x2200_0000n }),
    'borrower: static_shm ID1 [0x22000000, 0x22001000) overlaps vPL011 [0x22000000, 0x22001000)',
  ],
  [
    'one id twice in a domain',
    [owner, { ...borrower, staticShm: [lent, { ...lent, begin: 0x5100_0000n }] }],
    'borrower.staticShm: has the id ID1 twice',
  ],
  ['no owner', [borrower], 'static_shm ID1: borrower borrows it and nobody owns it'],
  [
    'two owners',
    [owner, { ...owner, name: 'second' }],
    'static_shm ID1: has 2 owners (owner, second)',
  ],
  [
    'more than the owner has',
    shm({ offset: 4 * PAGE }),
    "static_shm ID1: borrower borrows up to 0x5000, the owner's region (owner) ends at 0x4000",
  ],
  [
    'iomem over RAM',
    [{ ...base, iomem: [{ hostAddress: 0x7000_0000n, size: PAGE, guestAddress: 0x4000_0000n }] }],
    'owner: iomem 0x70000,0x1@0x40000 [0x40000000, 0x40001000) overlaps RAM [0x40000000, 0x42000000)',
  ],
  [
    'unaligned iomem',
    [{ ...base, iomem: [{ hostAddress: 0x7000_0001n, size: PAGE }] }],
    'owner.iomem[0].hostAddress: 0x70000001 is not a multiple of 4 KiB',
  ],
  [
    'empty iomem',
    [{ ...base, iomem: [{ hostAddress: 0x7000_0000n, size: 0 }] }],
    'owner.iomem[0].size: is 0, there is nothing to map',
  ],
] as const satisfies readonly (readonly [string, readonly XlConfig[], string])[])
  test(`told before anything is created: ${what}`, () => {
    expect(findXlFaults(configs)).toEqual([fault]);
  });

test('static_shm is printed with the keys that are given', () => {
  expect(staticShmText(lent)).toBe('id=ID1, begin=0x50000000, size=0x1000, offset=0x1000');
});
