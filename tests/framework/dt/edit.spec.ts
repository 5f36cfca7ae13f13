// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import {
  addChild,
  deviceTree,
  find,
  merge,
  node,
  removeNode,
  removeProperty,
  setNode,
  setProperty,
  walk,
  writeBlob,
} from '../../../lib/dt/index.ts';
import { arbitraryRoot } from './arbitrary.ts';

const base = node('', { a: 1, b: 2 }, [node('x', { c: 3 }), node('y@0', {}, [node('z')])]);

test('a property is set in its place, or last, and removed', () => {
  expect(setProperty(base, 'a', 'new').properties).toEqual(node('', { a: 'new', b: 2 }).properties);
  expect(setProperty(base, 'c', true).properties.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(removeProperty(base, 'a').properties).toEqual(node('', { b: 2 }).properties);
  expect(removeProperty(base, 'none')).toEqual(base);
  expect(() => setProperty(base, 'b c', 1)).toThrow(/node \/: "b c" is no property name/);
});

test('a child is added last, once', () => {
  expect(addChild(base, node('w')).children.map(({ name }) => name)).toEqual(['x', 'y@0', 'w']);
  expect(() => addChild(base, node('x'))).toThrow(/node \/: two children are named x/);
});

test('a node is replaced at its path, and all else is shared with the old tree', () => {
  const tree = deviceTree(base, { bootCpu: 3 });
  const changed = setNode(tree, '/y/z', (z) => setProperty(z, 'p', true));
  expect(find(changed, '/y@0/z')).toEqual(node('z', { p: true }));
  expect(changed.bootCpu).toBe(3);
  expect(find(changed, '/x')).toBe(find(tree, '/x'));
  expect(setNode(base, '/', () => node(''))).toEqual(node(''));
});

test('a node is removed with what is below it', () => {
  expect(removeNode(base, '/y@0').children).toEqual([base.children[0]]);
  expect(() => removeNode(base, '/')).toThrow(/path \/: the root cannot be removed/);
});

test('an edit of a node that is not there, or into a name that is taken, is refused', () => {
  expect(() => removeNode(base, '/none')).toThrow('path /none: there is no such node');
  expect(() => setNode(base, '/x', (x) => ({ ...x, name: 'y@0' }))).toThrow(/named y@0/);
});

test('merge replaces properties in place, merges children by whole name, appends the new', () => {
  const overlay = node('', { b: 9, d: 4 }, [node('y', {}), node('x', { c: 5, e: 6 })]);
  expect(merge(base, overlay)).toEqual(
    node('', { a: 1, b: 9, d: 4 }, [
      node('x', { c: 5, e: 6 }),
      node('y@0', {}, [node('z')]),
      node('y'),
    ]),
  );
});

const empty = node('');

test('merging nothing, or a tree into itself, changes nothing', () => {
  fc.assert(
    fc.property(arbitraryRoot, (root) => {
      assert.deepEqual(merge(root, empty), root);
      assert.deepEqual(merge(empty, root), root);
      assert.deepEqual(merge(root, root), root);
    }),
  );
});

test('it does not matter which of three trees are merged first', () => {
  fc.assert(
    fc.property(arbitraryRoot, arbitraryRoot, arbitraryRoot, (a, b, c) => {
      assert.deepEqual(merge(merge(a, b), c), merge(a, merge(b, c)));
    }),
  );
});

test('a merged tree has what the overlay says and else what the base says, and no more', () => {
  const rows = (root: typeof empty): [string, Uint8Array][] =>
    Array.from(walk(root)).flatMap(({ path, node: { properties } }) =>
      properties.map(({ name, value }): [string, Uint8Array] => [`${path}: ${name}`, value]),
    );
  fc.assert(
    fc.property(arbitraryRoot, arbitraryRoot, (a, b) => {
      assert.deepEqual(new Map(rows(merge(a, b))), new Map([...rows(a), ...rows(b)]));
    }),
  );
});

test('no edit changes the tree that it was given', () => {
  fc.assert(
    fc.property(arbitraryRoot, arbitraryRoot, (a, b) => {
      const before = [a, b].map((root) => writeBlob(deviceTree(root)));
      merge(a, b);
      setProperty(a, 'reg', 1);
      removeProperty(a, a.properties[0]?.name ?? 'reg');
      for (const { path } of [...walk(a)].slice(1)) removeNode(a, path);
      for (const { path } of walk(a)) setNode(a, path, (n) => setProperty(n, 'new', 'value'));
      assert.deepEqual(
        [a, b].map((root) => writeBlob(deviceTree(root))),
        before,
      );
    }),
    { numRuns: 50 },
  );
});
