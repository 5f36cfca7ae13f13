// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { readHostTree } from '../../../lib/import/host-tree.ts';
import { isPartialTree, readPartialTree } from '../../../lib/import/partial-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import { readXlDomain } from '../../../lib/import/xl-domain.ts';
import { describeWhere } from '../../../lib/import/where.ts';
import type { Finding } from '../../../lib/lint/finding.ts';
import { formatFindings } from '../../../lib/lint/format.ts';
import { lint } from '../../../lib/lint/lint.ts';
import { targetNamed } from './generated.ts';

/** What is found in files by their names. */
function findIn(files: Readonly<Record<string, string>>, xen = 'xilinx-4.17'): readonly Finding[] {
  const entries = Object.entries(files);
  const trees = entries
    .filter(([file]) => file.endsWith('.dts'))
    .map(([file, text]) => PlacedTree.fromSource({ file, text }));
  return lint({
    target: targetNamed(xen),
    hosts: trees.filter((tree) => !isPartialTree(tree)).map((tree) => readHostTree(tree)),
    partials: trees.filter(isPartialTree).map(readPartialTree),
    domains: entries
      .filter(([file]) => file.endsWith('.cfg'))
      .map(([file, text]) => readXlDomain({ file, text })),
    imageBuilders: [],
    scripts: [],
    unreadable: [],
    texts: [],
  });
}

const short = (findings: readonly Finding[]): string[] =>
  findings.map(({ rule, where }) => `${describeWhere(where)} ${rule}`);

const domain = (name: string, rest: string): string =>
  `name = "${name}"\nkernel = "/probe"\nmemory = 64\n${rest}\n`;

const shm = (text: string): string => `static_shm = [ "${text}" ]`;
const owner = domain('owner', shm('id=ID, begin=0x43e00000, size=0x1000, role=owner'));
const borrowing = (text: string): Record<string, string> => ({
  'owner.cfg': owner,
  'other.cfg': domain('other', shm(text)),
});
const borrower = 'id=ID, begin=0x50000000, size=0x1000, role=borrower';
const only = (text: string): Record<string, string> => ({ 'a.cfg': domain('a', text) });

test('an owner and a borrower that fit are right', () => {
  expect(findIn(borrowing(borrower))).toEqual([]);
});

test('iomem in its forms is right', () => {
  const text = 'iomem = [ "0x70000,1", "70001,0x2@0x50000,memory", "0x70010,1@0x50010,devmem" ]';
  expect(findIn(only(text))).toEqual([]);
});

const cases: readonly (readonly [string, Readonly<Record<string, string>>, string[], string?])[] = [
  ['a borrower without an owner', only(shm(borrower)), ['a.cfg:4:16 xl-shm-owner']],
  [
    'two owners',
    { 'a.cfg': owner, 'b.cfg': owner.replace('"owner"', '"second"') },
    ['b.cfg:4:16 xl-shm-owner'],
  ],
  [
    'more than the owner has',
    borrowing(`${borrower}, offset=0x1000`),
    ['other.cfg:4:16 xl-shm-range'],
  ],
  [
    'a borrower with a cache_policy',
    borrowing(`${borrower}, cache_policy=ARM_normal`),
    ['other.cfg:4:16 xl-shm-role'],
  ],
  [
    'x86_normal',
    borrowing(borrower.replace('borrower', 'owner, cache_policy=x86_normal')),
    ['other.cfg:4:16 xl-shm-form', 'other.cfg:4:16 xl-shm-range', 'other.cfg:4:16 xl-shm-owner'],
  ],
  [
    'a role that is missing',
    borrowing(borrower.replace(', role=borrower', '')),
    ['other.cfg:4:16 xl-shm-role'],
  ],
  ['an unknown key', borrowing(`${borrower}, colour=1`), ['other.cfg:4:16 xl-shm-form']],
  [
    'an address off the page',
    borrowing(borrower.replace('0x50000000', '0x50000800')),
    ['other.cfg:4:16 xl-shm-range'],
  ],
  [
    'a borrower in its own RAM',
    borrowing(borrower.replace('0x50000000', '0x41000000')),
    ['other.cfg:4:16 guest-overlap'],
  ],
  [
    'the page of the kernel image',
    only(shm('id=I, begin=0x40000000, size=0x1000, role=owner')),
    ['a.cfg:4:16 image-page'],
  ],
  [
    'static_shm on upstream',
    borrowing(borrower),
    ['other.cfg:4:16 xl-shm-unknown', 'owner.cfg:4:16 xl-shm-unknown'],
    '4.20',
  ],
  ['iomem in decimal text', only('iomem = [ "0x7000g,1" ]'), ['a.cfg:4:11 iomem-form']],
  [
    'an attribute without a guest frame',
    only('iomem = [ "0x70000,1,memory" ]'),
    ['a.cfg:4:11 iomem-form'],
  ],
  [
    'an attribute that is unknown',
    only('iomem = [ "0x70000,1@0x70000,foo" ]'),
    ['a.cfg:4:11 iomem-attribute'],
  ],
  [
    'an attribute on upstream',
    only('iomem = [ "0x70000,1@0x70000,memory" ]'),
    ['a.cfg:4:11 iomem-attribute'],
    '4.20',
  ],
  ['no pages', only('iomem = [ "0x70000,0" ]'), ['a.cfg:4:11 iomem-empty']],
  [
    'iomem over the guest’s RAM',
    only('iomem = [ "0x70000,1@0x40100" ]'),
    ['a.cfg:4:11 guest-overlap'],
  ],
  [
    'iomem over the virtual UART',
    only('iomem = [ "0x70000,1@0x22000" ]'),
    ['a.cfg:4:11 guest-overlap'],
  ],
  ['one value where a list is wanted', only('iomem = "0x70000,1"'), ['a.cfg:4:9 xl-value']],
  [
    'one frame as Device here and as memory there',
    {
      'a.cfg': domain('a', 'iomem = [ "0x70000,1@0x50000,memory" ]'),
      'b.cfg': domain('b', 'iomem = [ "0x70000,1@0x50000" ]'),
    },
    ['b.cfg:4:11 attributes-differ'],
  ],
  [
    'iomem of reserved memory on upstream',
    {
      'a.cfg': domain('a', 'iomem = [ "0x70000,1@0x50000" ]'),
      'host.dts':
        '/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>; reserved-memory { #address-cells = <1>;' +
        ' #size-cells = <1>; ranges; shm@70000000 { reg = <0x70000000 0x1000>; }; }; };\n',
    },
    ['a.cfg:4:11 iomem-reserved'],
    '4.20',
  ],
];

for (const [title, files, found, xen] of cases) {
  test(`${title}: found, in its place`, () => {
    expect(short(findIn(files, xen))).toEqual(found);
  });
}

const fragment = (body: string): Record<string, string> => ({
  'part.dts': `/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>;\npassthrough { #address-cells = <2>; #size-cells = <2>;\nsram@7f000000 {\n${body}\n}; }; };\n`,
});

for (const [title, body, found] of [
  [
    'a tuple that is short',
    'xen,reg = <0x0 0x7f000000 0x0 0x1000 0x0>; xen,path = "/s"; xen,force-assign-without-iommu;',
    ['part.dts:5:1 reg-tuple'],
  ],
  ['xen,path without xen,reg', 'xen,path = "/s";', ['part.dts:5:1 reg-path']],
  [
    'an address off the page',
    'xen,reg = <0x0 0x7f000800 0x0 0x1000 0x0 0x50000000>; xen,force-assign-without-iommu;',
    ['part.dts:5:1 reg-alignment'],
  ],
  [
    'xen,reg-cacheable where it is unknown',
    'xen,reg-cacheable = <0x0 0x7f000000 0x0 0x1000 0x0 0x50000000>; xen,path = "/s";',
    ['part.dts:5:1 reg-cacheable'],
  ],
] as const) {
  test(`${title}: found in a partial tree`, () => {
    expect(short(findIn(fragment(body), '4.20'))).toEqual(found);
  });
}

test('text shows the line with a caret, what will happen, and the fix', () => {
  const text = formatFindings(findIn(only('iomem = [ "0x70000,0" ]')), 'text');
  expect(text).toBe(`a.cfg:4:11: error: "0x70000,0" has no pages [iomem-empty]
  4 | iomem = [ "0x70000,0" ]
    |           ^~~~~~~~~~~
  then: Xen refuses the mapping (-EINVAL), and the domain is not created
  fix:  write the number of pages behind the comma
`);
});

for (const [file, uri, escaped] of [
  ['my boards/a #1.cfg', 'my%20boards/a%20%231.cfg', 'my boards/a #1.cfg'],
  ['50%.cfg', '50%25.cfg', '50%25.cfg'],
  ['c:d,e.cfg', 'c%3Ad%2Ce.cfg', 'c%3Ad%2Ce.cfg'],
  ['/srv/\u00e9.cfg', 'file:///srv/%C3%A9.cfg', '/srv/\u00e9.cfg'],
] as const)
  test(`a file called ${file} has its name in SARIF and in workflow commands`, () => {
    const text = 'name = "a"\nkernel = "/k"\nmemory = 64\niomem = [ "0x70000,0" ]\n';
    const found = findIn({ [file]: text });
    expect(JSON.parse(formatFindings(found, 'sarif'))).toMatchObject({
      runs: [{ results: [{ locations: [{ physicalLocation: { artifactLocation: { uri } } }] }] }],
    });
    expect(formatFindings(found, 'github')).toContain(`::error file=${escaped},line=4,`);
  });

test('programs get the same findings as JSON, SARIF and workflow commands', () => {
  const found = findIn(only('iomem = [ "0x70000,0" ]'));
  expect(JSON.parse(formatFindings(found, 'json'))).toMatchObject([
    { rule: 'iomem-empty', severity: 'error', file: 'a.cfg', line: 4, column: 11, length: 11 },
  ]);
  expect(JSON.parse(formatFindings(found, 'sarif', '1.2'))).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { version: '1.2', rules: [{ id: 'iomem-empty' }] } },
        results: [
          {
            level: 'error',
            locations: [{ physicalLocation: { region: { startLine: 4, startColumn: 11 } } }],
          },
        ],
      },
    ],
  });
  expect(formatFindings(found, 'github')).toMatch(
    /^::error file=a\.cfg,line=4,col=11,title=iomem-empty::"0x70000,0" has no pages\. Then: /,
  );
});
