// SPDX-License-Identifier: Apache-2.0
// Nodes that say no #address-cells and #size-cells: whose they have.
import { expect, test } from '@playwright/test';
import { lint } from '../../../lib/lint/lint.ts';
import { findInTexts, hostTree, readTexts } from './texts.ts';

const counts = '#address-cells = <2>; #size-cells = <2>;';
/** The nodes below the root and /reserved-memory say nothing. */
const silent = hostTree.replace(/(chosen \{[^]*)/, (rest) => rest.replaceAll(counts, ''));

test('a domain and /chosen have the cells of the root', () => {
  expect(silent.split(counts)).toHaveLength(3);
  expect(findInTexts({ 'host.dts': silent })).toEqual([]);
});

test('the node that says how many cells there are to be is named', () => {
  const short = silent.replace('<0 0x70000000 0 0x50000000 0 0x1000>', '<0x70000000 0x1000>');
  const other = short.replace('one {', 'one { #size-cells = <1>;');
  const fixes = (tree: string): string[] =>
    lint(readTexts({ 'host.dts': tree }))
      .filter(({ rule }) => rule === 'shm-cells')
      .map(({ fix }) => fix);
  expect(fixes(short).join()).toContain('/ says #address-cells 2 and #size-cells 2:');
  expect(fixes(other).join()).toContain('/ says #address-cells 2, /chosen/one says #size-cells 1:');
});

test('banks have the cells of the nearest node above', () => {
  const read = readTexts({
    'host.dts': `/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;
      chosen { one { compatible = "xen,domain"; xen,static-mem = <0x60000000 0x1000>; }; }; };`,
  });
  expect(read.hosts[0]?.domains[0]?.staticMemory).toMatchObject([
    { start: 0x6000_0000n, size: 0x1000n },
  ]);
});

test('what is below /reserved-memory has nothing of the root', () => {
  const tree = hostTree.replace(`reserved-memory { ${counts}`, 'reserved-memory {');
  const [finding, ...more] = lint(readTexts({ 'host.dts': tree }));
  expect(more).toEqual([]);
  expect(finding?.rule).toBe('cells');
  expect(finding?.message).toContain('the default, #address-cells 2 and #size-cells 1');
});

test('a partial tree inherits nothing', () => {
  const tree = `/dts-v1/; / { ${counts} passthrough { a { xen,path = "/a"; xen,force-assign-without-iommu;
    xen,reg = <0 0x70000000 0 0x1000 0 0x70000000>; }; }; };`;
  expect(findInTexts({ 'part.dts': tree })).toContain('part.dts:2:5 reg-tuple');
});

/** A fragment with other counts, and other properties. */
const fragment = (cells: string, rest = 'xen,path = "/a";'): string => `/dts-v1/;
/ { passthrough {
  ${cells}
  a {
    ${rest}
    xen,force-assign-without-iommu; xen,reg = <0 0x70000000 0 0x1000 0 0x70000000>;
  }; }; };`;

for (const [title, tree, found] of [
  ['counts of 0', fragment('#address-cells = <0>; #size-cells = <0>;'), ['part.dts:3:3 cells']],
  [
    'a size of 4 cells',
    fragment('#address-cells = <2>; #size-cells = <4>;'),
    ['part.dts:3:25 cells'],
  ],
  [
    'a count of two cells',
    fragment('#size-cells = <2>; #address-cells = <2 2>;'),
    ['part.dts:3:22 cells'],
  ],
  [
    'texts that are none',
    fragment(counts, 'compatible = <1>; xen,path = <3>;'),
    ['part.dts:5:5 cells', 'part.dts:5:23 cells'],
  ],
] as const)
  test(`of a partial tree is told, with its place: ${title}`, () => {
    expect(findInTexts({ 'part.dts': tree })).toEqual(found);
  });

test('of a host tree is told, with its place: a count that is a text', () => {
  const tree = hostTree.replace(
    `chosen {\n    ${counts}`,
    'chosen { #address-cells = "abcdefg"; #size-cells = <2>;',
  );
  expect(tree).not.toBe(hostTree);
  expect(findInTexts({ 'host.dts': tree })).toEqual(['host.dts:6:12 cells']);
});

test('cells of static memory alone, as Xen 4.16 had them: whose count is said', () => {
  const tree = hostTree.replace(
    'xen,static-mem =',
    '#xen,static-mem-address-cells = <2>; xen,static-mem =',
  );
  expect(lint(readTexts({ 'host.dts': tree }))).toMatchObject([
    { rule: 'option-unknown', fix: "take it away: since 4.17 the parent's #address-cells count" },
  ]);
});
