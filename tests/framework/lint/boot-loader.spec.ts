// SPDX-License-Identifier: Apache-2.0
// Configurations of ImageBuilder and boot scripts of U-Boot, judged.
import { expect, test } from '@playwright/test';
import { readImageBuilder } from '../../../lib/import/image-builder.ts';
import { imageBuilderHost } from '../../../lib/import/image-builder-tree.ts';
import { readUBootScript } from '../../../lib/import/u-boot-script.ts';
import { describeWhere } from '../../../lib/import/where.ts';
import { lint } from '../../../lib/lint/lint.ts';
import { targetNamed } from './generated.ts';

const files = { sizeOf: () => 0x10_0000n, treeOf: () => undefined };
const nothing = {
  target: targetNamed('4.20'),
  partials: [],
  domains: [],
  imageBuilders: [],
  scripts: [],
  unreadable: [],
  texts: [],
};

function findIn(text: string, xen = '4.20'): string[] {
  const config = readImageBuilder({ file: 'config', text });
  const hosts = [imageBuilderHost(config, files).host];
  return lint({ ...nothing, target: targetNamed(xen), hosts, imageBuilders: [config] }).map(
    ({ rule, where }) => `${describeWhere(where)} ${rule}`,
  );
}

function findInScript(text: string): string[] {
  const script = readUBootScript({ file: 'boot.cmd', text }, files);
  const hosts = script.host === undefined ? [] : [script.host];
  return lint({ ...nothing, hosts, scripts: [script] }).map(
    ({ rule, where }) => `${describeWhere(where)} ${rule}`,
  );
}

const right = `MEMORY_START=0x40000000
MEMORY_END=0x80000000
XEN=xen
NUM_DOMUS=2
DOMU_KERNEL[0]=Image
DOMU_SHARED_MEM[0]="box 0x70000000 0x60000000 0x1000"
DOMU_KERNEL[1]=Image
DOMU_SHARED_MEM[1]="box 0x70000000 0x60000000 0x1000"
`;

test('a configuration as Xen’s own documentation has it is right', () => {
  expect(findIn(right)).toEqual([]);
});

test('colours become what each Xen reads', () => {
  const text = `${right}XEN_COLORS=0-1\nDOMU_COLORS[0]=2-3\nDOMU_COLORS[1]=4-7\n`;
  expect(findIn(text, 'xilinx-4.17')).toEqual([]);
  expect(findIn(text, '4.17')).toEqual([
    'config:10:16 option-version',
    'config:11:16 option-version',
  ]);
});

for (const [title, line, found] of [
  [
    'a value of another form',
    'DOMU_SHARED_MEM[1]="box 0x60000000"',
    ['config:9:20 image-builder-value'],
  ],
  [
    'an address that is no number',
    'DOMU_STATIC_MEM[1]="0x6000000g 1"',
    ['config:9:20 image-builder-value'],
  ],
  ['a domain that there is not', 'DOMU_MEM[2]=64', ['config:9:13 image-builder-ignored']],
  [
    'memory beside another sum of static memory',
    'DOMU_STATIC_MEM[0]="0x50000000 0x10000000"; DOMU_DIRECT_MAP[0]=0; DOMU_MEM[0]=64',
    ['config:9:79 image-builder-ignored'],
  ],
  [
    'an option of dom0 without a kernel',
    'DOM0_RAMDISK=initrd',
    ['config:9:14 image-builder-value'],
  ],
  [
    'memory of dom0 twice',
    'XEN_CMD=x; DOM0_MEM=64; DOM0_KERNEL=Image',
    ['config:9:21 image-builder-value'],
  ],
  [
    'a region of two sizes',
    'DOMU_SHARED_MEM[1]="box 0x70000000 0x60000000 0x2000"',
    ['config:9:20 shm-differs'],
  ],
  [
    'static memory, mapped directly by default, with the region elsewhere',
    'DOMU_STATIC_MEM[0]="0x50000000 0x10000000"',
    ['config:6:20 shm-direct-map'],
  ],
  [
    'static memory over a file that is loaded',
    'DOMU_STATIC_MEM[0]="0x40400000 0x10000000"; DOMU_DIRECT_MAP[0]=0',
    ['config:3:5 host-overlap', 'config:5:16 host-overlap', 'config:7:16 host-overlap'],
  ],
  [
    'a kernel that is missing',
    'NUM_DOMUS=3; DOMU_MEM[2]=64',
    ['config:9:26 domain-kernel', 'config:9:26 image-builder-value'],
  ],
  [
    'more domains than anybody has',
    'NUM_DOMUS=99999999999',
    [
      'config:9:11 domain-kernel',
      'config:9:11 image-builder-value',
      'config:9:11 image-builder-value',
    ],
  ],
  [
    'files that do not fit',
    'MEMORY_END=0x40600000',
    ['config:3:5 host-not-ram', 'config:6:20 host-not-ram', 'config:7:16 host-not-ram'],
  ],
] as const) {
  test(`${title}: found, in its place`, () => {
    expect(findIn(`${right}${line}\n`)).toEqual(found);
  });
}

const script = `tftpb 0x41000000 xen
tftpb 0x42000000 Image
tftpb 0x43000000 host.dtb
fdt addr 0x43000000
fdt set / #address-cells <2>
fdt set / #size-cells <2>
fdt set /memory device_type "memory"
fdt set /memory reg <0 0x40000000 0 0x40000000>
fdt set /chosen/one compatible "xen,domain"
fdt set /chosen/one #address-cells <2>
fdt set /chosen/one #size-cells <2>
fdt set /chosen/one memory <0 65536>
fdt set /chosen/one cpus <1>
fdt set /chosen/one/kernel compatible "multiboot,kernel" "multiboot,module"
fdt set /chosen/one/kernel reg <0 0x42000000 0 0x100000>
booti 0x41000000 - 0x43000000
`;

test('a script that loads what its tree says is right', () => {
  expect(findInScript(script.replaceAll('#', '\\#'))).toEqual([]);
});

for (const [title, from, to, found] of [
  ['a file over another', 'tftpb 0x41000000', 'tftpb 0x42080000', ['boot.cmd:1:1 host-overlap']],
  ['a file beyond RAM', 'tftpb 0x41000000', 'tftpb 0x21000000', ['boot.cmd:1:1 host-not-ram']],
  [
    'a module that is elsewhere',
    'tftpb 0x42000000',
    'tftpb 0x44000000',
    ['boot.cmd:14:1 module-load'],
  ],
  ['a module that is cut', '0 0x100000>', '0 0x80000>', ['boot.cmd:14:1 module-load']],
  ['a size without 0x', '0 0x100000>', '0 ${filesize}>', ['boot.cmd:15:1 script-command']],
  [
    'a cell that is a word',
    'cpus <1>',
    'cpus <one>',
    ['boot.cmd:9:1 domain-cpus', 'boot.cmd:13:1 script-command'],
  ],
] as const) {
  test(`${title}: found in a script`, () => {
    const text = script.replace(from, to).replaceAll('#', '\\#');
    expect(findInScript(text)).toEqual(found);
  });
}
