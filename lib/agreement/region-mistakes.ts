// SPDX-License-Identifier: Apache-2.0
import {
  cells,
  cellsOf,
  removeProperty,
  setNode,
  setProperty,
  stringOf,
  walk,
} from '../dt/index.ts';
import { PAGE } from '../support/units.ts';
import {
  everySide,
  inOne,
  inShm,
  isOwned,
  isShm,
  kernelOf,
  type Mistake,
  type TreeEdit,
  withRegion,
  wordsOf,
} from './mistake.ts';

const devices = [0x0300_1000n, 0x0302_0000n, 0x2200_0000n, 0x3800_0000n, 0x3900_0000n];

const withTwoSizes: TreeEdit = (tree, choice) => {
  const ids = [...walk(tree)]
    .filter(({ node }) => isShm(node))
    .map(({ node }) => stringOf(node, 'xen,shm-id'));
  const shared = ids.find((id, index) => ids.indexOf(id) !== index);
  return inOne(
    (node) => isShm(node) && stringOf(node, 'xen,shm-id') === shared,
    withRegion((numbers) => numbers.with(-1, (numbers.at(-1) ?? 0n) * 2n)),
  )(tree, choice);
};

const withoutOwner: TreeEdit = (tree, choice) => {
  const owned = [...walk(tree)].filter(({ node }) => isOwned(node));
  const borrowed = owned.find(({ node }) => stringOf(node, 'role') === 'borrower');
  const id = borrowed && stringOf(borrowed.node, 'xen,shm-id');
  return id === undefined
    ? undefined
    : inOne(
        (node) =>
          isOwned(node) &&
          stringOf(node, 'role') === 'owner' &&
          stringOf(node, 'xen,shm-id') === id,
        (node) => setProperty(node, 'role', 'borrower'),
      )(tree, choice);
};

/** Two regions where the same domain sees them. */
const atOneGuestAddress: TreeEdit = (tree, { pick }) => {
  const pairs = [...walk(tree)].flatMap(({ node, path }) => {
    const [one, other] = node.children.filter(isShm);
    return one === undefined || other === undefined ? [] : [{ path, one, other }];
  });
  const place = pairs[pick % pairs.length];
  if (place === undefined) return undefined;
  const guest = wordsOf(place.one).at(-2) ?? 0n;
  return setNode(tree, `${place.path}/${place.other.name}`, (node) =>
    withRegion((numbers) => numbers.with(-2, guest))(node, { pick, number: 0 }),
  );
};

/** Mistakes in shared memory. */
export const regionMistakes: readonly Mistake[] = [
  {
    mistake: 'no id',
    rule: 'shm-id',
    apply: inShm((node) => removeProperty(node, 'xen,shm-id')),
  },
  {
    mistake: 'an empty id',
    rule: 'shm-id',
    apply: inShm((node) => setProperty(node, 'xen,shm-id', '')),
  },
  {
    mistake: 'a long id',
    rule: 'shm-id',
    apply: inShm((node, { number }) =>
      setProperty(node, 'xen,shm-id', 'x'.repeat(16 + (number % 8))),
    ),
  },
  {
    mistake: 'a role that there is not',
    rule: 'shm-role',
    apply: inShm((node) => setProperty(node, 'role', 'master')),
  },
  {
    mistake: 'another compatible',
    rule: 'shm-compatible',
    apply: inShm((node) => setProperty(node, 'compatible', 'xen,domain-shared-memory-v2')),
  },
  {
    mistake: 'no region',
    rule: 'shm-cells',
    apply: inShm((node) => removeProperty(node, 'xen,shared-mem')),
  },
  {
    mistake: 'cells that are missing',
    rule: 'shm-cells',
    apply: inShm((node) =>
      setProperty(
        node,
        'xen,shared-mem',
        cells(...(cellsOf(node, 'xen,shared-mem') ?? []).slice(1)),
      ),
    ),
  },
  {
    mistake: 'no size',
    rule: 'shm-size',
    apply: inShm(withRegion((numbers) => [...numbers.slice(0, -1), 0n])),
  },
  {
    mistake: 'a size off the page',
    rule: 'shm-size',
    besides: ['host-overlap', 'guest-overlap'],
    apply: inShm(
      withRegion((numbers, { number }) => [
        ...numbers.slice(0, -1),
        (numbers.at(-1) ?? 0n) + BigInt(1 + (number % 4095)),
      ]),
    ),
  },
  {
    mistake: 'a guest address off the page',
    rule: 'shm-alignment',
    apply: inShm(
      withRegion((numbers, { number }) =>
        numbers.with(-2, (numbers.at(-2) ?? 0n) + BigInt(1 + (number % 4095))),
      ),
    ),
  },
  {
    mistake: 'a region over the RAM',
    rule: 'guest-overlap',
    apply: inShm(
      withRegion((numbers, { number }) =>
        numbers.with(-2, 0x4000_0000n + BigInt((number % 0x1000) * PAGE)),
      ),
    ),
  },
  {
    mistake: 'a region over a device',
    rule: 'guest-overlap',
    apply: inShm(
      withRegion((numbers, { number }) => numbers.with(-2, devices[number % devices.length] ?? 0n)),
    ),
  },
  {
    mistake: 'two regions at one guest address',
    rule: 'guest-overlap',
    apply: atOneGuestAddress,
  },
  {
    mistake: 'a guest address beyond 40 bits',
    rule: 'guest-beyond',
    apply: inShm(
      withRegion((numbers, { number }) =>
        numbers.with(-2, (1n << 40n) + BigInt(number) * BigInt(PAGE)),
      ),
    ),
  },
  {
    mistake: 'host memory that is no RAM',
    rule: 'host-not-ram',
    apply: everySide(({ number }) => 0x1_0000_0000n + BigInt(number) * BigInt(PAGE)),
  },
  {
    mistake: 'a region over the kernel',
    rule: 'host-overlap',
    apply: everySide(({ number }, tree) => {
      const { address, size } = kernelOf(tree);
      return address + BigInt(number % Math.ceil(Number(size) / PAGE)) * BigInt(PAGE);
    }),
  },
  {
    mistake: 'two sizes',
    rule: 'shm-differs',
    besides: ['host-overlap', 'guest-overlap'],
    apply: withTwoSizes,
  },
  {
    mistake: 'a second owner',
    rule: 'shm-owner',
    apply: inOne(
      (node) => isOwned(node) && stringOf(node, 'role') === 'borrower',
      (node) => setProperty(node, 'role', 'owner'),
    ),
  },
  {
    mistake: 'no owner',
    rule: 'shm-owner',
    apply: withoutOwner,
  },
];
