// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import {
  cells,
  cells64,
  type DeviceTree,
  deviceTree,
  type DtNode,
  find,
  node,
  property,
  readBlob,
  regOf,
  stringOf,
  stringsOf,
  writeBlob,
} from '../../../lib/dt/index.ts';
import { subtract } from '../../../lib/memory/ranges.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { hostAddressOf, KiB, MiB, PAGE } from '../../../lib/support/units.ts';
import { hostDeviceTree } from '../../../lib/xen/chosen.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import { carveOut, partialTree, withSram } from '../../../lib/xen/sram-tree.ts';

const base = deviceTree(
  node('', { '#address-cells': 2, '#size-cells': 2 }, [
    node('memory@40000000', { device_type: 'memory', reg: cells64(0x4000_0000, MiB(1024)) }),
    node('chosen', { 'stdout-path': '/pl011@9000000' }),
  ]),
);

const spec: SystemSpec = {
  sram: { bank: { size: KiB(64) }, own: { size: PAGE, passthrough: true } },
  dom0: { probe: 'memory', memory: MiB(64), vcpus: 2, sram: { bank: {} } },
  domains: {
    left: { probe: 'memory', sram: { bank: { guestAddress: 0x5800_0000n } } },
    right: {
      probe: 'memory',
      sram: { bank: { path: false }, own: { forceAssign: false, by: 'xen,reg-cacheable' } },
    },
    third: { probe: 'memory' },
  },
};

const plan = planSystem(spec, virtLayout);

function hostTree(): DeviceTree {
  const tree = hostDeviceTree(base, plan, {
    kernel: { address: hostAddressOf(0x4060_0000), size: 0x1234 },
    partialTree: (domain) =>
      domain.name === 'left' ? { address: hostAddressOf(0x4070_0000), size: 0x321 } : undefined,
    kernelArguments: (domain) => `domain=${domain.name}`,
    xenArguments: ['console=dtuart'],
  });
  return readBlob(writeBlob(tree));
}

const nodeAt = (tree: DeviceTree, path: string): DtNode => {
  const found = find(tree, path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
};

const namesOf = ({ properties }: DtNode): string[] => properties.map(({ name }) => name);

test('the banks are out of the host’s memory and in nodes of their own', () => {
  const tree = hostTree();

  expect(regOf(nodeAt(tree, '/memory@40000000'), 2, 2)).toEqual([
    { address: 0x4000_0000n, size: 0x2000_0000n },
    { address: 0x6001_0000n, size: 0x20_0000n },
    { address: 0x6021_1000n, size: 0x1fde_f000n },
  ]);
  const bank = nodeAt(tree, '/sram@60000000');
  expect(stringOf(bank, 'compatible')).toBe('mmio-sram');
  expect(property(bank, 'reg')).toEqual(cells64(0x6000_0000, KiB(64)));
  expect(property(bank, 'ranges')).toEqual(cells64(0, 0x6000_0000, KiB(64)));
  expect(namesOf(bank)).not.toContain('xen,passthrough');
  expect(namesOf(nodeAt(tree, '/sram@60210000'))).toContain('xen,passthrough');
});

test('dom0’s kernel is a module under /chosen itself, with its arguments to Xen', () => {
  const chosen = nodeAt(hostTree(), '/chosen');
  const kernel = nodeAt(hostTree(), '/chosen/module@40600000');

  expect(stringsOf(kernel, 'compatible')).toEqual(['multiboot,kernel', 'multiboot,module']);
  expect(property(kernel, 'reg')).toEqual(cells64(0x4060_0000, 0x1234));
  expect(stringOf(kernel, 'bootargs')).toBe('domain=dom0');
  expect(stringOf(chosen, 'xen,xen-bootargs')).toBe(
    'console=dtuart dom0_mem=65536K dom0_max_vcpus=2',
  );
  expect(chosen.children.map(({ name }) => name)).toEqual([
    'module@40600000',
    'left',
    'right',
    'third',
  ]);
});

test('without dom0 there is no kernel under /chosen and no argument for one', () => {
  const { sram, domains } = spec;
  const alone = planSystem(
    { sram: sram ?? {}, domains: { left: domains['left'] ?? { probe: 'memory' } } },
    virtLayout,
  );
  const tree = hostDeviceTree(base, alone, {
    kernel: { address: hostAddressOf(0x4060_0000), size: 0x1234 },
    kernelArguments: () => '',
    xenArguments: [],
  });

  expect(find(tree, '/chosen/module@40600000')).toBeUndefined();
  expect(stringOf(nodeAt(tree, '/chosen'), 'xen,xen-bootargs')).toBe('');
});

test('a domU that has a partial device tree names it as a module', () => {
  const module = nodeAt(hostTree(), '/chosen/left/module@40700000');

  expect(stringsOf(module, 'compatible')).toEqual(['multiboot,device-tree', 'multiboot,module']);
  expect(property(module, 'reg')).toEqual(cells64(0x4070_0000, 0x321));
  expect(namesOf(module)).not.toContain('bootargs');
  expect(nodeAt(hostTree(), '/chosen/right').children).toHaveLength(1);
});

const partialOf = (name: string): DeviceTree | undefined => {
  const domain = plan.domains.find((candidate) => candidate.name === name);
  if (domain === undefined) throw new Error(`there is no ${name}`);
  const tree = partialTree(domain);
  return tree && readBlob(writeBlob(tree));
};

test('a partial device tree gives Xen host address, size and guest address of the bank', () => {
  const tree = partialOf('left');
  if (tree === undefined) throw new Error('it has none');
  const bus = nodeAt(tree, '/passthrough');
  const bank = nodeAt(tree, '/passthrough/sram@58000000');

  expect(stringOf(bus, 'compatible')).toBe('simple-bus');
  expect(property(bus, 'ranges')).toHaveLength(0);
  expect(property(bank, 'reg')).toEqual(cells64(0x5800_0000, KiB(64)));
  expect(property(bank, 'xen,reg')).toEqual(cells64(0x6000_0000, KiB(64), 0x5800_0000));
  expect(stringOf(bank, 'xen,path')).toBe('/sram@60000000');
  expect(property(bank, 'xen,force-assign-without-iommu')).toHaveLength(0);
});

test('each property of a partial device tree is there only where the specification says it', () => {
  const tree = partialOf('right');
  if (tree === undefined) throw new Error('it has none');
  const told = (path: string): string[] =>
    namesOf(nodeAt(tree, path)).filter((name) => name.startsWith('xen,'));

  expect(told('/passthrough/sram@50000000')).toEqual(['xen,reg', 'xen,force-assign-without-iommu']);
  expect(told('/passthrough/sram@50400000')).toEqual(['xen,reg-cacheable', 'xen,path']);
});

test('dom0 and a domU that maps no bank have no partial device tree', () => {
  expect(partialOf('dom0')).toBeUndefined();
  expect(partialOf('third')).toBeUndefined();
});

test('a memory node of which nothing is left goes, others stay as they are', () => {
  const tree = deviceTree(
    node('', { '#address-cells': 1, '#size-cells': 1 }, [
      node('memory@1000', { device_type: 'memory', reg: cells(0x1000, 0x1000) }),
      node('memory@8000', { device_type: 'memory', reg: cells(0x8000, 0x2000, 0xf000, 0x1000) }),
    ]),
  );

  const carved = carveOut(tree, [
    { name: 'a', start: 0x1000n, size: 0x1000n },
    { name: 'b', start: 0x9000n, size: 0x1000n },
  ]);

  expect(carved.root.children.map(({ name }) => name)).toEqual(['memory@8000']);
  expect(property(carved.root.children[0] ?? node(''), 'reg')).toEqual(
    cells(0x8000, 0x1000, 0xf000, 0x1000),
  );
});

test('whatever is carved out, memory and holes together are what memory was', () => {
  const page = fc.integer({ min: 0, max: 0x3_ffff });
  const hole = fc.tuple(page, fc.integer({ min: 1, max: 0x1000 })).map(([at, pages]) => ({
    name: 'hole',
    start: 0x4000_0000n + BigInt(at * PAGE),
    size: BigInt(pages * PAGE),
  }));
  fc.assert(
    fc.property(fc.array(hole, { maxLength: 5 }), (holes) => {
      const carved = carveOut(base, holes);
      const left = regOf(nodeAt(carved, '/memory@40000000'), 2, 2);
      const ram = { name: 'RAM', start: 0x4000_0000n, size: BigInt(MiB(1024)) };
      expect(left).toEqual(
        subtract(ram, holes).map(({ start, size }) => ({ address: start, size })),
      );
    }),
  );
});

test('a bank for Linux’ driver has one part, which is all of it and is exported', () => {
  const exported = planSystem(
    { sram: { bank: { size: KiB(64), exported: true } }, dom0: { linux: 'dom0' }, domains: {} },
    virtLayout,
  );
  const tree = readBlob(writeBlob(withSram(base, exported.sram)));

  expect(nodeAt(hostTree(), '/sram@60000000').children).toEqual([]);
  const part = nodeAt(tree, '/sram@60000000/shared@0');
  expect(regOf(part, 2, 2)).toEqual([{ address: 0n, size: BigInt(KiB(64)) }]);
  expect(namesOf(part)).toContain('export');
});
