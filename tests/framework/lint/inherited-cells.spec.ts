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
