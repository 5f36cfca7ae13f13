// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { leftBehind, parseXenStorePaths, parseXlList } from '../../../lib/xen/xl-output.ts';

const list = [
  'Name                                        ID   Mem VCPUs\tState\tTime(s)',
  'Domain-0                                     0   384     1     r-----       4.9',
  'a name with spaces                          12    32     2     -b----       0.1',
  '(null)                                       7     0     1     --p--d       0.1',
  '',
].join('\n');

test('each line of xl list is a domain, whatever its name', () => {
  expect(parseXlList(list)).toEqual([
    { name: 'Domain-0', domid: 0, memory: 384, vcpus: 1, state: 'r' },
    { name: 'a name with spaces', domid: 12, memory: 32, vcpus: 2, state: 'b' },
    { name: '(null)', domid: 7, memory: 0, vcpus: 1, state: 'pd' },
  ]);
});

test('what is no domain is left out: headings, what xl says of an error', () => {
  expect(parseXlList("Error: Domain '3' does not exist.\n\nName ID\n")).toEqual([]);
});

test('a path of XenStore ends where its value begins', () => {
  const said = '/tool = ""   (n0)\n/a/b c = "x = \\"y\\""   (n0,r1)\nno path\n';

  expect(parseXenStorePaths(said)).toEqual(['/tool', '/a/b c']);
});

test('dom0 and what XenStore always has are not left behind', () => {
  const always = [
    '/tool = ""   (n0)',
    '/local/domain/0/name = "Domain-0"   (n0)',
    '/local/domain = ""   (n0)',
    '/libxl = ""   (n0)',
    '/libxl/0/device = ""   (n0)',
    '/libxl/static_shm = ""   (n0)',
    '/vm = ""   (n0)',
    '/vm/00000000-0000-0000-0000-000000000000/name = "Domain-0"   (n0)',
  ];

  expect(leftBehind([list.split('\n')[1], ...always].join('\n'))).toEqual([]);
});

for (const path of [
  '/local/domain/12',
  '/libxl/3/type',
  '/libxl/static_shm/area/owner',
  '/vm/5f3c1c0a-0000-4000-8000-000000000001/name',
])
  test(`${path} is left behind`, () => {
    expect(leftBehind(`${path} = "1"   (n0)\n`)).toEqual([`XenStore ${path}`]);
  });

test('domains that are left behind come first, with their state', () => {
  expect(leftBehind(`${list}/libxl/7 = ""   (n0)\n`)).toEqual([
    'domain a name with spaces (d12), state "b"',
    'domain (null) (d7), state "pd"',
    'XenStore /libxl/7',
  ]);
});
