// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { understandingRows } from '../../../lib/import/format.ts';
import { readHostTree } from '../../../lib/import/host-tree.ts';
import type { ImportedFiles } from '../../../lib/import/imported-files.ts';
import { isPartialTree, readPartialTree } from '../../../lib/import/partial-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import { understand } from '../../../lib/import/understanding.ts';
import { readXlDomain } from '../../../lib/import/xl-domain.ts';

function filesOf(texts: Readonly<Record<string, string>>): ImportedFiles {
  const sources = Object.entries(texts).map(([file, text]) => ({ file, text }));
  const trees = sources
    .filter(({ file }) => file.endsWith('.dts'))
    .map((source) => PlacedTree.fromSource(source));
  return {
    hosts: trees.filter((tree) => !isPartialTree(tree)).map((tree) => readHostTree(tree)),
    partials: trees.filter(isPartialTree).map(readPartialTree),
    domains: sources.filter(({ file }) => file.endsWith('.cfg')).map(readXlDomain),
    imageBuilders: [],
    scripts: [],
    unreadable: [],
    texts: sources,
  };
}

const rowsOf = (texts: Readonly<Record<string, string>>): string[] =>
  understandingRows(understand(filesOf(texts))).map((row) => row.join(' | '));

const host = `/dts-v1/;
/ {
  #address-cells = <1>; #size-cells = <1>;
  memory@0 { device_type = "memory"; reg = <0x0 0x7f000000>; };
  sram@7f000000 { compatible = "mmio-sram"; reg = <0x7f000000 0x1000>; xen,passthrough; };
  chosen {
    #address-cells = <1>; #size-cells = <1>;
    one {
      compatible = "xen,domain"; #address-cells = <1>; #size-cells = <1>;
      memory = <0 0x10000>; cpus = <2>; llc-colors = "0-3"; speed = <1>;
      module@1000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0x1000000 0x8000>; };
      module@2000000 { compatible = "multiboot,device-tree", "multiboot,module"; reg = <0x2000000 0x800>; };
      shm { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "box"; role = "owner";
        xen,shared-mem = <0x60000000 0x50000000 0x1000>; };
    };
  };
};
`;

const partial = `/dts-v1/;
/ { #address-cells = <1>; #size-cells = <1>;
  passthrough { #address-cells = <1>; #size-cells = <1>;
    sram@7f000000 { compatible = "mmio-sram"; xen,path = "/sram@7f000000";
      xen,reg = <0x7f000000 0x1000 0x48000000>; };
  };
};
`;

test('each fact of a dom0less system is told with its line, and what nobody knows', () => {
  expect(rowsOf({ 'host.dts': host, 'one.dts': partial })).toEqual([
    'host',
    '  memory | host.dts:4:38 | [0x0, 0x7f000000) memory@0',
    '  sram | host.dts:5:45 | [0x7f000000, 0x7f001000) sram@7f000000',
    '  boot module | host.dts:11:77 | [0x1000000, 0x1008000) boot module 0 (module@1000000)',
    '  boot module | host.dts:12:82 | [0x2000000, 0x2000800) boot module 1 (module@2000000)',
    '',
    'one: dom0less, host.dts:8:5',
    '  memory | host.dts:10:7 | 64 MiB',
    '  vcpus | host.dts:10:29 | 2',
    '  kernel | host.dts:11:7 | [0x1000000, 0x1008000)',
    '  device-tree | host.dts:12:7 | [0x2000000, 0x2000800)',
    '  LLC colours | host.dts:10:41 | 0-3',
    '  shares | host.dts:13:7 | xen,domain-shared-memory-v1, box, owner, host [0x60000000, 0x60001000) -> guest [0x50000000, 0x50001000)',
    '  shares | one.dts:5:7 | xen,reg, sram@7f000000, host [0x7f000000, 0x7f001000) -> guest [0x48000000, 0x48001000), Device',
    '',
    'not understood',
    '  host.dts:10:61 | one: property speed',
  ]);
});

test('an xl domain is told with its partial tree, and options that are kept', () => {
  const texts = {
    'one.dts': partial,
    'one.cfg':
      'name = "one"\nmemory = 64\nusb = [ "x" ]; vif = [ "y" ]\ndevice_tree = "/root/one.dtb"\n' +
      'iomem = [ "0x70000,1", "bad" ]\nstatic_shm = [ "id=a, begin=0x43000000, size=0x1000" ]\n',
  };
  expect(rowsOf(texts)).toEqual([
    '',
    'one: xl, one.cfg:1:1',
    '  memory | one.cfg:2:10 | 64 MiB',
    '  partial tree | one.cfg:4:15 | /root/one.dtb',
    '  shares | one.cfg:5:11 | iomem, host [0x70000000, 0x70001000) -> guest [0x70000000, 0x70001000), Device',
    '  shares | one.cfg:5:24 | iomem',
    '  shares | one.cfg:6:16 | static_shm, a, borrower, guest [0x43000000, 0x43001000), cacheable',
    '  shares | one.dts:5:7 | xen,reg, sram@7f000000, host [0x7f000000, 0x7f001000) -> guest [0x48000000, 0x48001000), Device',
    '',
    'not understood',
    '  one.cfg:5:24 | iomem "bad": it is not START,NUM[@GFN] in hexadecimal page frames',
    '  one.cfg:3:1 | option usb, kept as it is',
    '  one.cfg:3:16 | option vif, kept as it is, not about sharing',
  ]);
});

test('a partial tree that is nobody’s is told', () => {
  expect(rowsOf({ 'one.dts': partial })).toEqual([
    '',
    'not understood',
    '  one.dts:3:3 | whose partial tree this is',
  ]);
});
