// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { GiB } from '../../../lib/support/units.ts';
import { zcu102Virtual } from '../../../lib/physical/zcu102-virtual.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { planTrial } from '../../../lib/trial/plan.ts';
import { droppedParts } from '../../../lib/trial/passed-memory.ts';
import { findSharings, placesOfSharing, sharingsOf } from '../../../lib/trial/sharings.ts';
import { withoutNumbers } from '../../../lib/trial/verdict.ts';
import { hostTree, pairSource } from './trees.ts';

/** A tree that says where Xen's heap is to be. */
const withHeap = (heap: string): string => pairSource().replace('chosen {', `chosen { ${heap}`);

test('a sharing is what has one id, with each domain that names it and where', () => {
  const host = hostTree(pairSource());

  const [sharing, ...more] = sharingsOf(host);

  expect(more).toEqual([]);
  expect(sharing).toMatchObject({
    id: 'mailbox',
    parties: [
      { domain: 'radar', role: 'owner', hostAddress: 0x6000_0000n, guestAddress: 0x5000_0000n },
      { domain: 'fusion', role: 'borrower', size: 0x1000n },
    ],
  });
  expect(sharing && placesOfSharing(sharing)).toEqual(['host.dts:21:7', 'host.dts:41:7']);
});

test('a domain without cells of its own has those of the node above', () => {
  const region = '0 0x60000000 0 0x50000000 0 0x1000';
  const text = pairSource({ region }, { region }).replaceAll(/#(address|size)-cells = <1>;/g, '');

  const [sharing] = sharingsOf(hostTree(text));

  expect(sharing?.parties[0]).toMatchObject({ hostAddress: 0x6000_0000n, size: 0x1000n });
});

test('a node that Xen cannot read is no sharing', () => {
  expect(sharingsOf(hostTree(pairSource({ region: '0x1' }))).at(0)?.parties).toHaveLength(1);
});

/** The borrower's node with something else in it. */
const borrowing = (is: string, other: string): string =>
  pairSource().replace(/(fusion[^]*)/, (rest) => rest.replace(is, other));

for (const [title, text, reason] of [
  [
    'of another compatible',
    borrowing('"xen,domain-shared-memory-v1"', '"xen,domain-shared-memory"'),
    'its compatible is "xen,domain-shared-memory", and Xen passes over all but "xen,domain-shared-memory-v1" in silence',
  ],
  ['without an id', borrowing('xen,shm-id', 'xen,shmid'), 'it has no xen,shm-id that can be read'],
  [
    'with too few cells',
    borrowing('0x60000000 0x50000000 0x1000', '0x60000000'),
    'its xen,shared-mem has 1 cells, and Xen reads 2 or 3 there',
  ],
] as const)
  test(`a node is named that cannot be tried: ${title}`, () => {
    const { sharings, untried } = findSharings(hostTree(text));

    expect(sharings.map(({ parties }) => parties.length)).toEqual([1]);
    expect(untried).toMatchObject([
      {
        what: expect.stringMatching(/^shared memory .*: fusion$/),
        where: { file: 'host.dts' },
        reason,
      },
    ]);
  });

test('what Xen passes over is a fault, too', () => {
  const host = hostTree(borrowing('"xen,domain-shared-memory-v1"', '"xen,shared-memory"'));

  expect(droppedParts({ host, domains: [], partials: [] })).toMatchObject([
    { assertion: 'fusion: Xen sees shared memory mailbox', where: 'host.dts:42:9' },
  ]);
});

test('Xen finds its word among others', () => {
  const text = borrowing('"xen,domain-shared-memory-v1"', '"my", "xen,domain-shared-memory-v1"');

  expect(findSharings(hostTree(text))).toMatchObject({
    sharings: [{ parties: [{ domain: 'radar' }, { domain: 'fusion' }] }],
    untried: [],
  });
});

test('domains are numbered as Xen numbers them, with dom0 where there is a kernel for it', () => {
  const kernel =
    'module@1 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 1 0 1>; };';
  const plain = planTrial(hostTree(pairSource()), virtLayout);
  const withDom0 = planTrial(hostTree(pairSource({}, {}, kernel)), virtLayout);

  expect(plain.plan.domains.map(({ name, domid }) => [name, domid])).toEqual([
    ['radar', 1],
    ['fusion', 2],
  ]);
  expect(withDom0.plan.domains.map(({ domid }) => domid)).toEqual([0, 1, 2]);
});

test('what the user tells Xen stays, but for its console', () => {
  expect(planTrial(hostTree(pairSource()), virtLayout).plan.bootargs).toEqual(['vwfi=native']);
});

test('addresses below the RAM of the board are moved into it, and the machine has room for all', () => {
  const low = { region: '0x10000000 0x50000000 0x50000000' };

  const { moved, plan } = planTrial(hostTree(pairSource(low, low)), virtLayout);

  expect(moved).toBe(0x4000_0000n);
  expect(plan.regions[0]?.hostAddress).toBe(0x5000_0000n);
  expect(plan.machine.memory).toBeGreaterThan(GiB(1.5));
});

test('where the user has memory that the boot has files in, all is moved', () => {
  const early = { region: '0x40280000 0x50000000 0x1000' };

  expect(planTrial(hostTree(pairSource(early, early)), virtLayout).moved).toBe(0x4000_0000n);
});

test('on a board, all is moved only to where that has RAM', () => {
  const { layout } = zcu102Virtual;
  const at = (address: string): bigint => {
    const region = { region: `${address} 0x50000000 0x1000` };
    return planTrial(hostTree(pairSource(region, region)), layout).moved;
  };

  expect(at('0x10200000')).toBe(0x4000_0000n);
  expect([at('0x10000000'), at('0x60000000')]).toEqual([0x4000_0000n, 0n]);
  const both = pairSource(
    { region: '0x10200000 0x50000000 0x1000' },
    { region: '0x60000000 0x50000000 0x1000' },
  );
  expect(planTrial(hostTree(both), layout).moved).toBe(0n);
});

test('the static heap is moved with all else, and the machine has RAM for it', () => {
  const heap = 'xen,static-heap = <0x0 0x90000000 0x0 0x8000000>;';
  const { moved, plan } = planTrial(hostTree(withHeap(heap)), virtLayout);
  const low = withHeap('xen,static-heap = <0x0 0x10000000 0x0 0x8000000>;');

  expect(moved).toBe(0n);
  expect(plan.machine.memory).toBeGreaterThan(0x5800_0000);
  expect(planTrial(hostTree(low), virtLayout).moved).toBe(0x4000_0000n);
});

test('a tree without domains is refused by its name', () => {
  const text = '/dts-v1/; / { chosen { }; };';
  expect(() => planTrial(hostTree(text), virtLayout)).toThrow('host.dts: has no domain');
});

test('a machine is not given more than it can have', () => {
  const memory = { properties: 'xen,static-mem = <0x0 0x0 0xff 0x0>;' };
  expect(() => planTrial(hostTree(pairSource(memory)), virtLayout)).toThrow(
    'more than the machine',
  );
});

test('a fault is the same whatever its numbers are', () => {
  expect(withoutNumbers('d2 failed (rc = -22) at 0x50000000')).toBe('d2 failed (rc = -#) at #');
});
