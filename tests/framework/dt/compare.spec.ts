// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { deviceTree, difference, equal, node, walk } from '../../../lib/dt/index.ts';
import { arbitraryRoot, arbitraryTree } from './arbitrary.ts';

test('a tree is equal to itself, whatever the order of its properties', () => {
  const shuffled = { ...node(''), properties: node('', { b: 2, a: 1 }).properties };
  expect(difference(node('', { a: 1, b: 2 }), shuffled)).toEqual([]);
  fc.assert(fc.property(arbitraryTree, (tree) => equal(tree, structuredClone(tree))));
});

test('two trees that differ do so both ways', () => {
  fc.assert(
    fc.property(arbitraryRoot, arbitraryRoot, (a, b) => {
      assert.equal(difference(a, b).length, difference(b, a).length);
    }),
  );
});

test('every difference is told with its path', () => {
  const a = deviceTree(
    node('', { same: 1, changed: 1, gone: true, long: 'x'.repeat(99) }, [
      node('x', {}, [node('y', { p: 'one' })]),
      node('z', {}, [node('only')]),
    ]),
    { reservations: [{ address: 0x1000n, size: 0x10n }] },
  );
  const b = deviceTree(
    node('', { same: 1, changed: 2, long: `${'x'.repeat(98)}y`, come: true }, [
      node('z'),
      node('new'),
      node('x', {}, [node('y', { p: 'two' })]),
    ]),
    { bootCpu: 1 },
  );
  expect(difference(a, b)).toEqual([
    'boot CPU: 0 and 1',
    'reservations: 0x1000+0x10 and none',
    '/: changed: <0x01> and <0x02>',
    '/: gone: only in the first',
    '/: long: 100 and 100 bytes, parting at byte 98',
    '/: come: only in the second',
    '/x/y: p: "one" and "two"',
    '/z/only: only in the first',
    '/new: only in the second',
    '/: children in another order: x and z',
  ]);
});

test('a value that is cut or empty differs', () => {
  expect(difference(node('', { p: 'abc' }), node('', { p: true }))).toEqual(['/: p: "abc" and <>']);
  const [long, longer] = [1, 2].map((n) => node('', { p: new Uint8Array(100 * n) }));
  expect(difference(long ?? node(''), longer ?? node(''))).toEqual([
    '/: p: 100 and 200 bytes, parting at byte 100',
  ]);
});

test('nodes alone are compared where one side is a node, names included', () => {
  expect(equal(deviceTree(node(''), { bootCpu: 1 }), node(''))).toBe(true);
  expect(difference(node('a'), node('b'))).toEqual(['/: named a and b']);
  expect([...walk(node('a'))]).toHaveLength(1);
});
