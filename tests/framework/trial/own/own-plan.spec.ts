// SPDX-License-Identifier: Apache-2.0
// How the system of a configuration with its own kernels is planned.
import { expect, test } from '@playwright/test';
import { cellsOf, find, property, stringOf } from '../../../../lib/dt/index.ts';
import { GiB, MiB } from '../../../../lib/support/units.ts';
import { layTree } from '../../../../lib/trial/lay-tree.ts';
import { dom0MemoryOf, placedFiles, planOwn } from '../../../../lib/trial/own/own-plan.ts';
import type { OwnFile } from '../../../../lib/trial/own/own-files.ts';
import { processorsFor } from '../../../../lib/trial/processors.ts';
import { runTrial } from '../../../../lib/trial/trial.ts';
import { boardWith } from '../../boot/boards.ts';
import { virtLayout } from '../../../../lib/qemu/virt.ts';
import { hostTree, pairSource } from '../trees.ts';

const fileAt = (start: bigint, size = 4096): OwnFile => ({
  ...{ domain: 'radar', kind: 'kernel', path: 'radar.bin', where: { file: 'host.dts' } },
  ...{ size, start },
});

test('what lies clear of Xen’s own files stays where the user has it', () => {
  const { moved, plan } = planOwn(hostTree(pairSource()), virtLayout, [fileAt(0x4200_0000n)]);

  expect(moved).toBe(0n);
  expect(plan.machine.memory).toBeGreaterThanOrEqual(GiB(1));
});

test('what lies in the way of Xen’s own files is moved with all else, and finds RAM', () => {
  const file = fileAt(0x4020_0000n, MiB(64));
  const { moved, plan } = planOwn(hostTree(pairSource()), virtLayout, [file]);

  expect(moved).toBe(0x4000_0000n);
  expect(placedFiles([file], moved)).toEqual({
    'module-40200000': { path: 'radar.bin', size: MiB(64), address: 0x8020_0000n },
  });
  expect(plan.machine.memory).toBeGreaterThan(GiB(1));
});

test('each vCPU finds a processor, as far as there are any', () => {
  expect([processorsFor(1), processorsFor(3), processorsFor(40)]).toEqual([2, 3, 8]);
});

test('dom0 has what the user’s arguments give it, or what Xen would', () => {
  expect(dom0MemoryOf([])).toBe(BigInt(MiB(512)));
  expect(dom0MemoryOf(['dom0_mem=1G'])).toBe(BigInt(GiB(1)));
  expect(dom0MemoryOf(['dom0_mem=1G', 'dom0_mem=256M'])).toBe(BigInt(MiB(256)));
  expect(dom0MemoryOf(['dom0_mem=262144'])).toBe(BigInt(MiB(256)));
});

test('a long name is none too long for who is told none', async () => {
  const text = pairSource().replace('fusion {', 'fusion-of-all-that-the-radars-have-seen {');
  const host = hostTree(text);

  expect(planOwn(host, virtLayout, []).plan.domains).toHaveLength(2);
  await expect(runTrial(host, { board: boardWith(), evidence: 'nowhere' })).rejects.toThrow(
    'has a name of 39 characters; a probe is told 31',
  );
});

test('the user’s nodes stay as they are, but for addresses that are moved', () => {
  const user = hostTree(pairSource({ properties: 'direct-map;' })).source.tree;
  const root = layTree(
    user,
    hostTree(pairSource()).source.tree,
    0x1000_0000n,
    'probe',
    new Map(),
    'own',
  ).root;
  const radar = find(root, '/chosen/radar');
  const module = find(root, '/chosen/radar/module@42000000');
  const region = find(root, '/chosen/radar/shm@50000000');

  expect(module && cellsOf(module, 'reg')).toEqual([0x5200_0000, 0xff_ffff]);
  expect(module && stringOf(module, 'bootargs')).toBe('console=ttyAMA0');
  const other = find(root, '/chosen/fusion/shm@50000000');
  // A domain that is direct-mapped has host memory where it is: its guest address goes with that.
  expect(region && cellsOf(region, 'xen,shared-mem')).toEqual([0x7000_0000, 0x6000_0000, 0x1000]);
  expect(other && cellsOf(other, 'xen,shared-mem')).toEqual([0x7000_0000, 0x5000_0000, 0x1000]);
  expect(radar && property(radar, 'vpl011')).toBeUndefined();
  expect(radar && property(radar, 'direct-map')).toBeDefined();
});

test('ramdisks and partial device trees stay too', () => {
  const nodes = ['ramdisk', 'device-tree'].map(
    (kind, index) => `module@4300${index}000 {
        compatible = "multiboot,${kind}", "multiboot,module";
        reg = <0x4300${index}000 0x1000>;
      };`,
  );
  const text = pairSource().replace('module@42000000 {', `${nodes.join('\n')} module@42000000 {`);
  const user = hostTree(text).source.tree;
  const root = layTree(
    user,
    hostTree(pairSource()).source.tree,
    0n,
    'probe',
    new Map(),
    'own',
  ).root;

  expect(find(root, '/chosen/radar')?.children.map(({ name }) => name)).toEqual([
    ...['module@43000000', 'module@43001000', 'module@42000000', 'shm@50000000'],
  ]);
});
