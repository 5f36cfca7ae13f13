// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { interleaved } from '../../../lib/bisect/order.ts';
import { compareTrees } from '../../../lib/bisect/tree-changes.ts';
import {
  type DeviceTree,
  difference,
  type DtNode,
  node,
  walk,
  writeBlob,
} from '../../../lib/dt/index.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';

const placed = (tree: DeviceTree): PlacedTree => PlacedTree.fromBlob('host.dtb', writeBlob(tree));
const source = (text: string): PlacedTree =>
  PlacedTree.fromSource({ file: 'host.dts', text: `/dts-v1/; / { ${text} };` });

const value = fc.constantFrom<string | number>(1, 2, 'a=1 b', 'b a=1', 'a=2 c');
const properties = fc.dictionary(fc.constantFrom('reg', 'bootargs', 'x', 'y'), value);
const name = fc.constantFrom('a', 'b', 'm@1', 'm@2', 'm@3');

const childrenOf = (child: fc.Arbitrary<DtNode>): fc.Arbitrary<DtNode[]> =>
  fc.uniqueArray(child, { maxLength: 3, selector: (one) => one.name });
const made = (children: fc.Arbitrary<DtNode[]>): fc.Arbitrary<DtNode> =>
  fc
    .tuple(name, properties, children)
    .map(([called, having, below]) => node(called, having, below));
const grandchild = made(fc.constant([]));
const child = made(childrenOf(grandchild));

/** Trees of few names, so that two of them have much in common. */
const tree = fc
  .record({
    root: fc
      .tuple(properties, childrenOf(child))
      .map(([having, children]) => node('', having, children)),
    reservations: fc.constantFrom([], [{ address: 0x1000n, size: 0x1000n }]),
    bootCpu: fc.constantFrom(0, 1),
  })
  .map((parts): DeviceTree => parts);

test('none of the changes is the good end, and all of them are the bad end', () => {
  fc.assert(
    fc.property(tree, tree, (good, bad) => {
      const { changes, mix } = compareTrees(placed(good), placed(bad));
      expect(
        difference(
          mix(() => false),
          good,
        ),
      ).toEqual([]);
      expect(
        difference(
          mix(() => true),
          bad,
        ),
      ).toEqual([]);
      expect(changes.length > 0).toBe(difference(good, bad).length > 0);
    }),
  );
});

/** Every property of a tree, with how deep it stands. */
const saysOf = (root: DtNode): string[] =>
  [...walk(root)].flatMap(({ path, node: { properties: all } }) =>
    all
      .filter((one) => one.name !== 'bootargs')
      .map((one) => `at depth ${path.split('/').length}: ${one.name}=${String(one.value)}`),
  );

test('every mixture is a tree, and says nothing that neither end says', () => {
  const choices = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(tree, tree, choices, (good, bad, chosen) => {
      const { mix } = compareTrees(placed(good), placed(bad));
      const mixed = mix((change) => chosen[change % 40] === true);
      expect(difference(placed(mixed).tree, mixed)).toEqual([]);
      const known = [...saysOf(good.root), ...saysOf(bad.root)];
      for (const line of saysOf(mixed.root)) expect(known).toContain(line);
    }),
  );
});

test('each argument of a command line is a change of its own', () => {
  const { changes, mix } = compareTrees(
    source('chosen { bootargs = "a=1 b c=3"; };'),
    source('chosen { bootargs = "a=2 b d"; };'),
  );

  expect(changes.map(({ kind, from, to }) => [kind, from, to])).toEqual([
    ['argument changed', 'a=1', 'a=2'],
    ['argument added', undefined, 'd'],
    ['argument removed', 'c=3', undefined],
  ]);
  expect(
    new TextDecoder().decode(mix((change) => change === 1).root.children[0]?.properties[0]?.value),
  ).toBe('a=1 b d c=3\0');
});

test('a node whose unit address alone has changed is the same node', () => {
  const { changes } = compareTrees(
    source('m@1 { compatible = "x"; reg = <1>; };'),
    source('m@2 { compatible = "x"; reg = <2>; };'),
  );

  expect(changes.map(({ kind, what }) => [kind, what])).toEqual([
    ['node renamed', '/m@2'],
    ['property changed', '/m@2: reg'],
  ]);
});

test('the order of nodes is a change, since Xen numbers domains by it', () => {
  const { changes, mix } = compareTrees(source('a { }; b { };'), source('b { }; n { }; a { };'));

  expect(changes.map(({ kind }) => kind)).toEqual(['node added', 'order of nodes']);
  expect(mix((change) => change === 0).root.children.map((one) => one.name)).toEqual([
    'a',
    'b',
    'n',
  ]);
});

test('each change says where it is written, in both ends', () => {
  const { changes } = compareTrees(source('a = <1>;\n  b;'), source('\n c;'));

  expect(changes.map(({ what, good, bad }) => [what, good?.place?.line, bad?.place?.line])).toEqual(
    [
      ['/: c', undefined, 2],
      ['/: a', 1, undefined],
      ['/: b', 2, undefined],
    ],
  );
});

test('what only one list has keeps its neighbour', () => {
  const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 8 });
  fc.assert(
    fc.property(keys, keys, (first, second) => {
      const all = interleaved(first, second);
      expect(all.filter((key) => (first as string[]).includes(key))).toEqual(first);
      expect(all.toSorted()).toEqual([...new Set([...first, ...second])].sort());
    }),
  );
});

test('what is reserved before the nodes is a change by itself', () => {
  const reserving = PlacedTree.fromSource({
    file: 'host.dts',
    text: '/dts-v1/; /memreserve/ 0x48000000 0x1000; / { a = <2>; };',
  });
  const { changes, mix } = compareTrees(source('a = <1>;'), reserving);

  expect(changes.map(({ kind, from, to }) => [kind, from, to])).toEqual([
    ['reservations changed', 'none', '0x48000000+0x1000'],
    ['property changed', '<0x01>', '<0x02>'],
  ]);
  expect(mix((change) => change === 0).reservations).toEqual(reserving.tree.reservations);
  expect(mix((change) => change === 1).reservations).toEqual([]);
});
