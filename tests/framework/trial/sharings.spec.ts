// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { GiB } from '../../../lib/support/units.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { planTrial } from '../../../lib/trial/plan.ts';
import { placesOfSharing, sharingsOf } from '../../../lib/trial/sharings.ts';
import { withoutNumbers } from '../../../lib/trial/verdict.ts';
import { hostTree, pairSource } from './trees.ts';

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
