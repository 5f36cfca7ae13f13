// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  cells,
  deviceTree,
  find,
  findCompatible,
  findPhandle,
  locate,
  nextPhandle,
  node,
  walk,
} from '../../../lib/dt/index.ts';

const tree = deviceTree(
  node('', {}, [
    node('cpus', {}, [
      node('cpu@0', { compatible: ['arm,cortex-a53', 'arm,armv8'], phandle: 7 }),
      node('cpu@1', { compatible: 'arm,armv8' }, [node('cache')]),
    ]),
    node('timer', { 'linux,phandle': 9 }),
    node('timer@8', { phandle: 0xffff_ffff }),
  ]),
);

test('walk gives parents before children, in the order of the tree', () => {
  expect(Array.from(walk(tree), ({ path }) => path)).toEqual([
    '/',
    '/cpus',
    '/cpus/cpu@0',
    '/cpus/cpu@1',
    '/cpus/cpu@1/cache',
    '/timer',
    '/timer@8',
  ]);
});

test('every node is found at its own path', () => {
  for (const { path, node: expected } of walk(tree)) expect(find(tree, path)).toBe(expected);
});

test('a unit address may be left out where the whole path stays unambiguous', () => {
  expect(locate(tree, '/cpus/cpu/cache')?.path).toBe('/cpus/cpu@1/cache');
  expect(() => find(tree, '/cpus/cpu')).toThrow(
    'device tree, path /cpus/cpu: it is ambiguous: /cpus/cpu@0, /cpus/cpu@1',
  );
});

test('a component that names a node exactly means that node', () => {
  expect(locate(tree, '/timer')?.path).toBe('/timer');
});

test('a path that leads nowhere is undefined', () => {
  for (const path of ['/cpu', '/cpus/cpu@2', '/cpus/cpu@', '/cpus/cpu@1/cache/x', '/cpu@1'])
    expect(find(tree, path), path).toBeUndefined();
});

test('given a node, the path starts there', () => {
  const cpus = node('cpus', {}, [node('cpu@0')]);
  expect(find(cpus, 'cpu@0')).toBe(cpus.children[0]);
  expect(find(cpus, '/')).toBe(cpus);
});

test('nodes are found by any of their compatible strings, whole', () => {
  const paths = (wanted: string): string[] => findCompatible(tree, wanted).map(({ path }) => path);
  expect(paths('arm,armv8')).toEqual(['/cpus/cpu@0', '/cpus/cpu@1']);
  expect(paths('arm,cortex-a53')).toEqual(['/cpus/cpu@0']);
  expect(paths('arm')).toEqual([]);
});

test('nodes are found by phandle, in either spelling', () => {
  expect(findPhandle(tree, 7)?.path).toBe('/cpus/cpu@0');
  expect(findPhandle(tree, 9)?.path).toBe('/timer');
  expect(findPhandle(tree, 8)).toBeUndefined();
});

test('the next phandle is one that no node has and that means a node', () => {
  expect(nextPhandle(tree)).toBe(10);
  expect(nextPhandle(deviceTree(node('')))).toBe(1);
  const last = node('', { phandle: 0xffff_fffe }, [node('a', { phandle: 1 })]);
  expect(nextPhandle(last)).toBe(2);
});

test('a phandle of the wrong length names the path', () => {
  const odd = node('', {}, [node('a', {}, [node('b', { phandle: cells(1, 2) })])]);
  expect(() => nextPhandle(odd)).toThrow(/node \/a\/b, property phandle: one cell was wanted/);
});
