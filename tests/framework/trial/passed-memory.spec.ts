// SPDX-License-Identifier: Apache-2.0
// Memory by partial device trees: what is found in them, and where the machine has it.
import { expect, test } from '@playwright/test';
import {
  cells64,
  cellsOf,
  deviceTree,
  find,
  node,
  readBlob,
  stringOf,
} from '../../../lib/dt/index.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { isPartialTree, readPartialTree } from '../../../lib/import/partial-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import { droppedParts } from '../../../lib/trial/passed-memory.ts';
import { layTree } from '../../../lib/trial/lay-tree.ts';
import { planTrial, type TrialPlan } from '../../../lib/trial/plan.ts';
import { findSharings } from '../../../lib/trial/sharings.ts';
import type { TrialSystem } from '../../../lib/trial/subject.ts';
import { withSram } from '../../../lib/xen/sram-tree.ts';
import { bothSram, partialTree, passingSystem, sramNode } from './passed-trees.ts';
import { hostTree, pairSource } from './trees.ts';

function planned(system: TrialSystem): TrialPlan {
  const { host } = system;
  if (host === undefined) throw new Error('there is no host device tree');
  return planTrial(host, virtLayout, system);
}

/** A node of the partial device tree that is booted for a domain. */
function laid(plan: TrialPlan, domain: string, path: string): ReturnType<typeof find> {
  const { files, fileOf } = plan.passed.partials;
  return find(readBlob(files[fileOf.get(domain) ?? ''] ?? new Uint8Array()), path);
}

/** What the board says of its RAM. */
const base = deviceTree(
  node('', { '#address-cells': 2, '#size-cells': 2 }, [
    node('memory', { device_type: 'memory', reg: cells64(0x4000_0000, 0x8000_0000) }),
    node('chosen'),
  ]),
);

const kernel =
  'module@1 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0x1 0x1>; };';

test('memory that two trees name is one sharing, each part of it where it is written', () => {
  const { sharings, untried } = findSharings(passingSystem());

  expect(untried).toEqual([]);
  expect(sharings).toMatchObject([
    {
      id: 'xen,reg 0xfffc0000',
      mechanism: 'xen,reg',
      parties: [
        { domain: 'radar', guestAddress: 0x5000_0000n, size: 0x4000n, offset: 0n },
        { domain: 'fusion', guestAddress: 0x5200_0000n, size: 0x2000n, offset: 0x2000n },
      ],
    },
  ]);
  expect(sharings[0]?.parties[0]?.where).toMatchObject({ file: 'radar.dts' });
});

test('dom0 has a bank that is not marked for passthrough, where it has a kernel', () => {
  const parties = (sram: string, chosen: string): string[] | undefined =>
    findSharings(passingSystem(bothSram, { sram, chosen })).sharings[0]?.parties.map(
      ({ domain }) => domain,
    );

  expect(parties('', kernel)).toEqual(['radar', 'fusion', 'dom0']);
  expect(parties('xen,passthrough;', kernel)).toEqual(['radar', 'fusion']);
  expect(parties('', '')).toEqual(['radar', 'fusion']);
});

test('one tree alone is that of every domain that has a module for one', () => {
  const one = partialTree('fragment.dts', sramNode('xen,reg = <0xfffc0000 0x1000 0x50000000>'));
  const [sharing] = findSharings(passingSystem([one])).sharings;

  expect(sharing?.parties.map(({ domain }) => domain)).toEqual(['radar', 'fusion']);
});

test('memory of one domain alone, and a module of which no tree is at hand, are named', () => {
  const [radar] = bothSram;
  const other = partialTree('else.dts', '');
  const { sharings, untried } = findSharings(passingSystem([radar, other]));

  expect(sharings).toEqual([]);
  expect(untried.map(({ what }) => what)).toEqual([
    'xen,reg 0xfffc0000: radar',
    'partial device tree: fusion',
  ]);
  expect(untried[1]?.reason).toContain('call it after the domain (fusion.dts)');
});

test('SRAM is RAM of the machine, and the trees say where; the user’s lines are named', () => {
  const plan = planned(passingSystem());
  const [sram] = plan.plan.sram;
  const [radar, fusion] = ['radar', 'fusion'].map((name) =>
    laid(plan, name, '/passthrough/sram@50000000'),
  );

  expect(sram).toMatchObject({ hostAddress: 0x6000_0000n, size: 0x4_0000, inMemory: false });
  expect(radar && cellsOf(radar, 'xen,reg')).toEqual([0, 0x6000_0000, 0, 0x4000, 0, 0x5000_0000]);
  expect(fusion && cellsOf(fusion, 'xen,reg')).toEqual([0x6000_2000, 0x2000, 0x5200_0000]);
  expect(fusion && stringOf(fusion, 'xen,path')).toBe('/sram@60000000');
  expect(plan.plan.domains[1]?.mappings).toMatchObject([
    { guestAddress: 0x5200_0000n, memory: 'device-nGnRE', region: { hostAddress: 0x6000_2000n } },
  ]);
  expect(plan.passed.partials.replaced).toContainEqual({
    where: expect.objectContaining({ file: 'fusion.dts' }) as unknown,
    text: 'host address 0xfffc2000 is RAM at 0x60002000 here, xen,path "/amba/sram@fffc0000" is "/sram@60000000"',
  });
});

test('a bank that the user left in the memory node stays in one', () => {
  const plan = planned(passingSystem(bothSram, { memory: '1 0' }));
  const memory = find(withSram(base, plan.plan.sram), '/memory');

  expect(plan.plan.sram).toMatchObject([{ hostAddress: 0x6000_0000n, inMemory: true }]);
  expect(memory && cellsOf(memory, 'reg')).toEqual([0, 0x4000_0000, 0, 0x8000_0000]);
  expect(plan.passed.partials.replaced[0]).toMatchObject({
    where: { file: 'host.dts', place: { line: 5 } },
    text: 'SRAM 0xfffc0000 is in this memory too, here as well: Xen may give it to others',
  });
});

test('a place that the user’s cells cannot hold is refused with the property', () => {
  const region = '0xd0000000 0xd0000000 0x1000';
  const owner = { region, properties: 'xen,static-mem = <0 0x0 0 0x1000000>;' };
  const user = hostTree(pairSource(owner, { region })).source.tree;

  expect(() => layTree(user, base, 0x4000_0000n)).toThrow(
    /^shm@50000000: cannot be told of host address 0x110000000, .* its cells hold 32 bits/,
  );
});

test('a device of the user’s board is left out by its name, and the rest of the tree is as it was', () => {
  const ethernet = `
    clock { clock-frequency = <7>; };
    ethernet@ff0e0000 { xen,reg = <0 0xff0e0000 0 0x1000 0 0xff0e0000>; xen,path = "/amba/ethernet@ff0e0000"; };`;
  const [, fusion] = bothSram;
  const plan = planned(passingSystem([partialTree('radar.dts', ethernet, 2), fusion]));

  expect(laid(plan, 'radar', '/passthrough/ethernet')).toBeUndefined();
  expect(laid(plan, 'radar', '/passthrough/clock')).toBeDefined();
  expect(plan.passed.partials.replaced.map(({ text }) => text)).toContain(
    'a device of another board: /passthrough/ethernet@ff0e0000 is left out',
  );
});

test('a path that the user’s tree does not have stays for Xen to refuse', () => {
  const wrong = sramNode(
    'xen,reg = <0xfffc0000 0x1000 0x50000000>',
    'xen,path = "/amba/sram@fffd0000"; xen,force-assign-without-iommu;',
  );
  const sram = laid(
    planned(passingSystem([partialTree('a.dts', wrong)])),
    'radar',
    '/passthrough/sram',
  );

  expect(sram && stringOf(sram, 'xen,path')).toBe('/amba/sram@fffd0000');
});

test('cells that no tuple takes are a fault with their place, since Xen drops them', () => {
  const short = partialTree('radar.dts', sramNode('xen,reg = <0xfffc0000 0x1000>'));
  const [fault] = droppedParts(passingSystem([short, bothSram[1]]));

  expect(fault).toMatchObject({
    assertion: 'radar: Xen maps all that xen,reg of /passthrough/sram@50000000 says',
    message:
      'it has 2 cells, and a tuple <host size guest> has 3 there; Xen drops the last 2 in silence',
  });
  expect(fault?.where).toMatch(/^radar\.dts:11:/);
});

test('nodes outside of /passthrough are meant, and a fault, since Xen does not look at them', () => {
  const text = `/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; ${sramNode('xen,reg = <0xfffc0000 0x1000 0x50000000>')} };`;
  const source = PlacedTree.fromSource({ file: 'radar.dts', text });
  const system = passingSystem([readPartialTree(source), bothSram[1]]);

  expect(isPartialTree(source)).toBe(true);
  expect(findSharings(system).untried).toHaveLength(2);
  expect(droppedParts(system)).toMatchObject([
    { assertion: 'radar: Xen sees /sram@50000000 of its partial device tree' },
  ]);
});
