// SPDX-License-Identifier: Apache-2.0
// Boot modules of size 0: read with their place, and judged by what Xen keeps of several nodes.
import { expect, test } from '@playwright/test';
import { readHostTree } from '../../../lib/import/host-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import { describeWhere } from '../../../lib/import/where.ts';
import { lint } from '../../../lib/lint/lint.ts';
import { hostTree, readTexts } from './texts.ts';

const whole = 'reg = <0 0x42000000 0 0x10000>;';
const empty = 'reg = <0 0x42000000 0 0>;';

/** The kernel of the second domain alone. */
const second = (text: string): string => {
  const at = hostTree.lastIndexOf(whole);
  return hostTree.slice(0, at) + text + hostTree.slice(at + whole.length);
};

const found = (text: string): string[] =>
  lint(readTexts({ 'host.dts': text })).map(
    ({ rule, severity, where }) => `${describeWhere(where)} ${severity} ${rule}`,
  );

const module = (kind: string): string =>
  `${whole} };\n      other@43000000 { compatible = "multiboot,${kind}", "multiboot,module"; reg = <0 0x43000000 0 0>;`;

for (const [title, text, findings] of [
  ['the kernel of all', hostTree.replaceAll(whole, empty), ['14', '25']],
  ['a kernel of which Xen reads this node first', hostTree.replace(whole, empty), ['14']],
  ['a kernel at an address of its own', second('reg = <0 0x43000000 0 0>;'), ['25']],
  ['a partial device tree', hostTree.replace(whole, module('device-tree')), ['15']],
] as const)
  test(`${title}, of size 0, is an error in its place`, () => {
    const rows = found(text);
    expect(rows.map((row) => row.split(':')[1])).toEqual([...findings]);
    for (const row of rows) expect(row).toMatch(/ error module-empty$/);
  });

for (const [title, text, line] of [
  ['a kernel behind another node of its address', second(empty), 25],
  ['a ramdisk', hostTree.replace(whole, module('ramdisk')), 15],
] as const)
  test(`${title}, of size 0, is a warning: the domain is built`, () => {
    expect(found(text)).toEqual([
      expect.stringMatching(`^host.dts:${line}:\\d+ warning module-empty$`),
    ]);
  });

test('what comes first is named where it hides that the size is 0', () => {
  const [finding] = lint(readTexts({ 'host.dts': second(empty) }));
  expect(finding?.consequence).toContain('from the node of one');
  expect(finding?.related?.map(describeWhere)).toEqual([expect.stringMatching(/^host.dts:14:/)]);
});

test('a module of size 0 is imported with its place, an empty bank of memory is none', () => {
  const text = hostTree
    .replace(whole, empty)
    .replace('0 0x40000000 0 0x40000000>', '0 0x40000000 0 0x40000000 0x8 0 0 0>');
  const host = readHostTree(PlacedTree.fromSource({ file: 'host.dts', text }));
  expect(host.memory.map(({ size }) => size)).toEqual([0x4000_0000n]);
  expect(host.modules.map(({ size }) => size)).toEqual([0n, 0x1_0000n]);
  expect(host.domains.map(({ kernelSize }) => kernelSize)).toEqual([0n, 0x1_0000n]);
  expect(host.modules[0]?.where.place?.line).toBe(14);
});
