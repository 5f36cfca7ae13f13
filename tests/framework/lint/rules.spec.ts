// SPDX-License-Identifier: Apache-2.0
// Rules about device trees: each case is a tree that is right, changed in one place.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { documentedRules, rulesPage } from '../../../lib/lint/rules-page.ts';
import { findInTexts, hostTree } from './texts.ts';

test('a host tree with all that may be in it is right', () => {
  expect(findInTexts({ 'host.dts': hostTree })).toEqual([]);
});

const colours = hostTree
  .replace('bootargs = "console=dtuart', 'bootargs = "console=dtuart llc-coloring=on')
  .replaceAll('cpus = <1>;', 'cpus = <1>; llc-colors = "0-3,8";')
  .replace(/\n.*xen,static-mem.*\n/, '\n');

/** One side in colours shares, and the shared memory has none. */
const sharing = ['host.dts:16:7 colour-shared', 'host.dts:23:7 colour-shared'];

for (const [title, tree, found, xen] of [
  ['colours', colours, sharing],
  [
    'colours without colouring',
    colours.replace(' llc-coloring=on', ''),
    ['host.dts:12:40 colour-off', 'host.dts:21:46 colour-off'],
  ],
  [
    'colouring that a later word turns off',
    colours.replace('llc-coloring=on', 'llc-coloring=on llc-coloring=off'),
    ['host.dts:12:40 colour-off', 'host.dts:21:46 colour-off'],
  ],
  [
    'colours that descend',
    colours.replace('"0-3,8"', '"3-0"'),
    ['host.dts:12:40 colour-form', ...sharing],
  ],
  [
    'static memory in colours',
    colours.replace('0 0x8000>;', '0 0x8000>; xen,static-mem = <0 0x62000000 0 0x2000000>;'),
    ['host.dts:12:28 colour-static', ...sharing],
  ],
  [
    'a domain without colours behind one with',
    colours.replace(/("0-3,8";[^]*) llc-colors = "0-3,8";/, '$1'),
    ['host.dts:16:7 colour-shared', 'host.dts:20:5 colour-leak'],
  ],
  [
    'the same on a Xen that forgets',
    colours.replace(/("0-3,8";[^]*) llc-colors = "0-3,8";/, '$1'),
    ['host.dts:16:7 colour-shared'],
    '4.22',
  ],
  [
    'colours on an older Xen',
    colours,
    ['host.dts:12:40 option-version', 'host.dts:21:46 option-version'],
    '4.17',
  ],
  [
    'memory in one cell',
    hostTree.replace('memory = <0 0x8000>', 'memory = <0x8000>'),
    ['host.dts:12:7 domain-memory'],
  ],
  [
    'a property that is misspelt',
    hostTree.replace('vpl011;', 'vp1011;'),
    ['host.dts:13:7 option-unknown'],
  ],
  [
    'a property of a later Xen',
    hostTree.replace('vpl011;', 'vpl011; capabilities = <1>;'),
    ['host.dts:13:15 option-version'],
  ],
  ['the same on that Xen', hostTree.replace('vpl011;', 'vpl011; capabilities = <1>;'), [], '4.22'],
  [
    'an event channel as the documentation has it once',
    hostTree.replace('"xen,evtchn-v1"', '"xen,evtchn"'),
    ['host.dts:17:22 evtchn-compatible'],
  ],
  [
    'an end that leads elsewhere',
    hostTree.replace('<0xb &left>', '<0xb &right>'),
    ['host.dts:17:52 evtchn-pair'],
  ],
  [
    'an end without its other',
    hostTree.replace('<0xa &right>', '<0xa>'),
    ['host.dts:17:52 evtchn-pair'],
  ],
  [
    'static memory over reserved memory',
    hostTree.replace('<0 0x68000000 0', '<0 0x60000000 0'),
    ['host.dts:22:7 host-overlap'],
  ],
  [
    'static memory that is no RAM',
    hostTree.replace('<0 0x68000000 0', '<0 0x98000000 0'),
    ['host.dts:22:7 host-not-ram'],
  ],
  [
    'a static heap over static memory',
    hostTree.replace(
      'xen,xen-bootargs',
      'xen,static-heap = <0 0x68000000 0 0x1000000>; xen,xen-bootargs',
    ),
    ['host.dts:8:5 host-overlap'],
  ],
  [
    'two memory nodes over each other',
    hostTree.replace(
      'reserved-memory {',
      'memory@70000000 { device_type = "memory"; reg = <0 0x70000000 0 0x1000>; }; reserved-memory {',
    ),
    ['host.dts:5:45 host-overlap'],
  ],
] as const) {
  test(`${title}: ${found.length === 0 ? 'right' : 'found, in its place'}`, () => {
    expect(findInTexts({ 'host.dts': tree }, xen)).toEqual(found);
  });
}

const partial = (body: string): string =>
  `/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>;\npassthrough { #address-cells = <2>; #size-cells = <2>;\n${body}\n}; };\n`;
const bank =
  'sram@7f000000 { compatible = "mmio-sram"; #address-cells = <1>; #size-cells = <1>; ranges;\n' +
  'xen,reg = <0x0 0x7f000000 0x0 0x1000 0x0 0x50000000>; xen,force-assign-without-iommu; };';

for (const [title, files, found] of [
  [
    'memory in /passthrough',
    { 'one.dts': partial('memory@50000000 { };\nreserved-memory { };') },
    ['one.dts:4:1 fragment-memory', 'one.dts:5:1 fragment-memory'],
  ],
  [
    'SRAM that Linux does not take',
    { 'one.dts': partial(bank.replace(' ranges;', '')) },
    ['one.dts:4:17 fragment-sram'],
  ],
  [
    'xen,reg in the tree of an xl domain',
    {
      'one.dts': partial(bank),
      'a.cfg': 'name = "a"\nmemory = 64\nkernel = "/k"\ndevice_tree = "/root/one.dtb"\n',
    },
    ['one.dts:5:1 fragment-xl'],
  ],
  [
    'iomem, as Device, of SRAM that dom0 keeps',
    {
      'a.cfg': 'name = "a"\nkernel = "/k"\nmemory = 64\niomem = [ "0x7f000,1@0x50000" ]\n',
      'host.dts':
        '/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>;\nsram@7f000000 { compatible = "mmio-sram"; reg = <0x7f000000 0x1000>; }; };\n',
    },
    ['a.cfg:4:11 attributes-differ'],
  ],
  [
    'the page of the device tree that libxl makes',
    {
      'a.cfg':
        'name = "a"\nkernel = "/k"\nmemory = 64\nstatic_shm = [ "id=I, begin=0x43fff000, size=0x1000, role=owner" ]\n',
    },
    ['a.cfg:4:16 guest-modules'],
  ],
  [
    'the page 128 MiB into the RAM of a larger guest',
    {
      'a.cfg':
        'name = "a"\nkernel = "/k"\nmemory = 256\nstatic_shm = [ "id=I, begin=0x48000000, size=0x1000, role=owner" ]\n',
    },
    ['a.cfg:4:16 guest-modules'],
  ],
  [
    'llc_colors on an older xl',
    { 'a.cfg': 'name = "a"\nkernel = "/k"\nmemory = 64\nllc_colors = [ "0-3" ]\n' },
    ['a.cfg:4:16 option-version'],
  ],
] as const) {
  test(`${title}: found, in its place`, () => {
    expect(findInTexts(files, 'xilinx-4.17')).toEqual(found);
  });
}

test('a device with the placeholder of its interrupt controller is right', () => {
  const text = partial(bank).replace(
    'passthrough {',
    'gic: gic { interrupt-controller; };\npassthrough {',
  );
  expect(findInTexts({ 'one.dts': text })).toEqual([]);
});

test('the page of the rules is that of the rules', () => {
  const page = readFileSync(join(import.meta.dirname, '../../..', documentedRules), 'utf8');
  expect(page, 'run: npx crosspage lint --rules --write').toBe(rulesPage());
});
