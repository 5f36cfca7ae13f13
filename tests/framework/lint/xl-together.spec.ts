// SPDX-License-Identifier: Apache-2.0
// What xl and Xen make of files that were generated and created in a dom0: each case was a
// configuration on which lint and they did not agree (`npm run agreement -- --kind xl`).
import { expect, test } from '@playwright/test';
import { lint } from '../../../lib/lint/lint.ts';
import { readTexts } from './texts.ts';

const file = (name: string, rest: string): string =>
  `name = "${name}"\nkernel = "/k"\nmemory = 64\n${rest}\n`;

const host = `/dts-v1/;
/ {
  #address-cells = <1>; #size-cells = <1>;
  memory@40000000 { device_type = "memory"; reg = <0x40000000 0x80000000>; };
  reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
    sharable { compatible = "xen,shared-memory-v1"; reg = <0x70000000 0x100000>; };
    kept { reg = <0x78000000 0x100000>; };
  };
};
`;

const found = (files: Readonly<Record<string, string>>, xen = 'shared-memory'): string[] =>
  lint(readTexts(files, xen)).map(({ rule, severity }) => `${severity} ${rule}`);

const window = (text: string): Readonly<Record<string, string>> => ({
  'a.cfg': file('a', `iomem = [ "${text}" ]`),
  'host.dts': host,
});

for (const [what, text, older, ported] of [
  ['memory that is there to be shared', '0x70000,1@0x50000,memory', [], []],
  [
    'RAM that is not reserved',
    '0x60000,1@0x50000,memory',
    ['error iomem-ram'],
    ['error iomem-ram'],
  ],
  [
    'a page behind what is reserved',
    '0x700ff,2@0x50000,memory',
    ['error iomem-ram'],
    ['error iomem-ram'],
  ],
  [
    'memory that is reserved for something else',
    '0x78000,1@0x50000,memory',
    [],
    ['error iomem-reserved'],
  ],
  ['an attribute without a guest frame', '0x70000,1,memory', ['error iomem-form'], []],
] as const)
  test(`iomem of ${what}`, () => {
    expect(found(window(text), 'xilinx-4.17')).toEqual(older);
    expect(found(window(text))).toEqual(ported);
  });

const shm = (text: string): string => `static_shm = [ "${text}" ]`;
const owner = file('o', shm('id=I, begin=0x42000000, size=0x1000, role=owner'));
const borrower = (begin: string): Readonly<Record<string, string>> => ({
  'o.cfg': owner,
  'b.cfg': file('b', shm(`id=I, begin=${begin}, size=0x1000, role=borrower`)),
});

for (const [where, begin, older] of [
  ['PCI’s host bridge', '0x10000000', []],
  ['ACPI’s tables', '0x20000000', []],
  ['the memory of PCI devices', '0x23000000', []],
] as const)
  test(`a borrower where libxl keeps ${where}`, () => {
    expect(found(borrower(begin), 'xilinx-4.17')).toEqual(older);
    expect(found(borrower(begin))).toEqual(['error guest-overlap']);
  });

test('a borrower beyond 40 bits is refused', () => {
  expect(found(borrower('0x10000000000'))).toEqual(['error xl-shm-range', 'warning guest-beyond']);
});

test('a role in capital letters is one where libxl says so', () => {
  const files = { ...borrower('0x50000000'), 'o.cfg': owner.replace('=owner', '=OWNER') };
  expect(found(files)).toEqual([]);
  expect(found(files, 'xilinx-4.17')).toEqual(['error xl-shm-role']);
});

test('domains that borrow of each other have no order in which they can be created', () => {
  const each = (owned: string, lent: string): string =>
    `static_shm = [ "id=${owned}, begin=0x42000000, size=0x1000, role=owner", "id=${lent}, begin=0x50000000, size=0x1000, role=borrower" ]`;
  const files = { 'a.cfg': file('a', each('I', 'J')), 'b.cfg': file('b', each('J', 'I')) };
  expect(found(files)).toEqual(['error xl-shm-owner']);
  const chain = {
    ...files,
    'b.cfg': file('b', each('J', 'K')),
    'c.cfg': file('c', shm('id=K, begin=0x42000000, size=0x1000, role=owner')),
  };
  expect(found(chain)).toEqual([]);
});

test('a domain has a name that no other has', () => {
  const nameless = 'kernel = "/k"\nmemory = 64\n';
  expect(found({ 'a.cfg': nameless })).toEqual(['error xl-name']);
  expect(found({ 'a.cfg': file('a', ''), 'b.cfg': file('a', '') })).toEqual(['error xl-name']);
  // What cannot be read is told as that.
  expect(found({ 'a.cfg': `name = [ "a" ]\n${nameless}` })).toEqual(['error xl-value']);
});

for (const [option, finding] of [
  ['iomen = [ "0x70000,1" ]', ['error xl-option']],
  ['static_shms = [ "id=I" ]', ['error xl-option']],
  ['memroy = 64', ['warning xl-option']],
  ['colour = "red"', ['warning xl-option']],
  ['vuart = "sbsa_uart"', []],
] as const)
  test(`the option ${option}`, () => {
    expect(found({ 'a.cfg': file('a', option) })).toEqual(finding);
  });
