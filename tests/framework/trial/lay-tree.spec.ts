// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  cells,
  cells64,
  cellsOf,
  deviceTree,
  type DtNode,
  find,
  node,
  property,
  setNode,
  stringOf,
  strings,
} from '../../../lib/dt/index.ts';
import { hostAddressOf } from '../../../lib/support/units.ts';
import { checkRoom, layTree } from '../../../lib/trial/lay-tree.ts';
import { hostTree, pairSource } from './trees.ts';

const kernel = (domain: string): DtNode =>
  node('module@40400000', {
    compatible: strings('multiboot,kernel', 'multiboot,module'),
    reg: cells64(0x4040_0000, 0x8000),
    bootargs: `crosspage.domain=${domain}`,
  });

/** What the board would boot a plan of the same domains from. */
const generated = deviceTree(
  node('', { '#address-cells': 2, '#size-cells': 2 }, [
    node('intc@8000000', { phandle: cells(1) }),
    node('chosen', { 'xen,xen-bootargs': 'console=dtuart vwfi=native', 'stdout-path': '/uart' }, [
      node('radar', {}, [kernel('radar')]),
      node('fusion', {}, [kernel('fusion')]),
    ]),
  ]),
);

const lay = (text: string, moved = 0n): DtNode =>
  layTree(hostTree(text).source.tree, generated, moved).root;

test('a probe takes the place of a kernel, in the cells of its domain', () => {
  const root = lay(pairSource());
  const module = find(root, '/chosen/fusion/module');

  expect(module && cellsOf(module, 'reg')).toEqual([0x4040_0000, 0x8000]);
  expect(module && stringOf(module, 'bootargs')).toBe('crosspage.domain=fusion');
});

test('all else of the user is as it was, and the board keeps what is its own', () => {
  const root = lay(pairSource({}, {}, 'stdout-path = "serial9"; my,own = <7>;'));
  const chosen = find(root, '/chosen');
  const region = find(root, '/chosen/radar/shm@50000000');

  expect(chosen?.children.map(({ name }) => name)).toEqual(['radar', 'fusion']);
  expect(chosen && stringOf(chosen, 'stdout-path')).toBe('/uart');
  expect(chosen && cellsOf(chosen, 'my,own')).toEqual([7]);
  expect(region && cellsOf(region, 'xen,shared-mem')).toEqual([0x6000_0000, 0x5000_0000, 0x1000]);
  expect(find(root, '/intc')).toBeDefined();
});

test('every domain can be heard', () => {
  const radar = find(lay(pairSource()), '/chosen/radar');
  expect(radar && property(radar, 'vpl011')).toHaveLength(0);
});

test('host addresses are moved, and guest addresses are not', () => {
  const properties = 'xen,static-mem = <0x0 0x70000000 0x0 0x2000000>;';
  const root = lay(pairSource({ properties }), 0x1000_0000n);
  const radar = find(root, '/chosen/radar');
  const region = find(root, '/chosen/radar/shm@50000000');

  expect(radar && cellsOf(radar, 'xen,static-mem')).toEqual([0, 0x8000_0000, 0, 0x200_0000]);
  expect(region && cellsOf(region, 'xen,shared-mem')).toEqual([0x7000_0000, 0x5000_0000, 0x1000]);
});

test('a module of dom0’s that does not say what it is is its kernel, and the next its ramdisk', () => {
  const modules = ['1000000', '2000000'].map(
    (at) => `module@${at} { compatible = "xen,multiboot-module"; reg = <0 0x${at} 0 0x1000>; };`,
  );
  const { tree } = hostTree(pairSource({}, {}, modules.join(' '))).source;
  const ours = setNode(generated, '/chosen', (chosen) => ({
    ...chosen,
    children: [kernel('dom0'), ...chosen.children],
  }));
  const chosen = find(layTree(tree, ours, 0n).root, '/chosen');

  expect(chosen?.children.map(({ name }) => name)).toEqual([
    ...['module@40400000', 'radar', 'fusion'],
  ]);
});

test('phandles of the user do not meet those of the board', () => {
  const end = (port: number, to: string): string =>
    `${to}_far: evtchn@1 { compatible = "xen,evtchn-v1"; xen,evtchn = <${port} &${to === 'a' ? 'b' : 'a'}_far>; };`;
  const text = pairSource()
    .replace('shm@50000000', `${end(10, 'a')} shm@50000000`)
    .replace(/(fusion[^]*?)shm@50000000/, `$1${end(11, 'b')} shm@50000000`);
  const root = lay(text);
  const [radar, fusion] = ['radar', 'fusion'].map((name) => find(root, `/chosen/${name}/evtchn@1`));
  const at = (one: DtNode | undefined, name: string): number[] | undefined =>
    one && cellsOf(one, name);

  expect(at(radar, 'phandle')).not.toEqual([1]);
  expect(at(radar, 'xen,evtchn')).toEqual([10, ...(at(fusion, 'phandle') ?? [])]);
  expect(at(fusion, 'xen,evtchn')).toEqual([11, ...(at(radar, 'phandle') ?? [])]);
});

test('what the user places where the boot lies is refused with both names', () => {
  const places = new Map([['xen', { address: hostAddressOf(0x4020_0000n), size: 0x10_0000 }]]);
  const region = { name: 'region mailbox', start: 0x4028_0000n, size: 0x1000n };

  expect(() => {
    checkRoom(places, [region]);
  }).toThrow(/region mailbox: lies at host address 0x40280000, where the board has xen/);
});
