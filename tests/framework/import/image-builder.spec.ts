// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { cellsOf, find, stringOf } from '../../../lib/dt/index.ts';
import type { BootFiles } from '../../../lib/import/boot-loads.ts';
import type { HostTree } from '../../../lib/import/host-tree.ts';
import {
  isImageBuilderConfig,
  loadsOf,
  memoryOf,
  readImageBuilder,
} from '../../../lib/import/image-builder.ts';
import { imageBuilderHost } from '../../../lib/import/image-builder-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import { parseShellConfig } from '../../../lib/import/shell-config.ts';
import { describeWhere } from '../../../lib/import/where.ts';
import { hex } from '../../../lib/support/units.ts';

const values = (text: string): unknown[] =>
  parseShellConfig({ file: 'config', text }).settings.map(({ name, index, value }) => [
    index === undefined ? name : `${name}[${index}]`,
    value,
  ]);

test('values are the shell’s: quotes, variables, lines that go on, comments', () => {
  const text = `A="x y" # comment
B='$A'; C=$A/z
D[1]="\${C} and \${D[0]}\\"q\\""
export E=a"b c"'d'\\
e
A+=" w"
`;
  expect(values(text)).toEqual([
    ['A', 'x y'],
    ['B', '$A'],
    ['C', 'x y/z'],
    ['D[1]', 'x y/z and "q"'],
    ['E', 'ab cde'],
    ['A', 'x y w'],
  ]);
});

test('what is no assignment is not run, and told', () => {
  const { unknown, settings } = parseShellConfig({
    file: 'config',
    text: 'source other\nA=1\nif test x\n',
  });
  expect(unknown.map(({ what, where }) => `${describeWhere(where)} ${what}`)).toEqual([
    'config:1:1 "source other" is not run',
    'config:3:1 "if test x" is not run',
  ]);
  expect(settings).toHaveLength(1);
});

test('overlays lie before the tree, a bitstream behind it, and a number may be octal', () => {
  const text = `${complete}DOMU_MEM[0]=0400\nNUM_DT_OVERLAY=2\nDT_OVERLAY[1]=b\nDT_OVERLAY[0]=a\nDT_OVERLAY[2]=c\nBITSTREAM=bit\n`;
  const config = readImageBuilder({ file: 'config', text });
  expect(memoryOf(config, 0)).toBe(0x1000_0000n);
  expect(
    loadsOf(config, () => 1n)
      .map(({ file }) => file)
      .slice(-5),
  ).toEqual(['xen', 'a', 'b', 'host.dtb', 'bit']);
});

test('what the shell would work out stays as it is written, and is told', () => {
  const text =
    'A=$(( 2 * 4 )) B="`echo 1`"; C="${B:-3 4}x"\nD=(\n "a"\n b # two\n)\nE=$(echo "$(echo 1)")\nF=1\n';
  const { unknown } = parseShellConfig({ file: 'config', text });
  expect(values(text)).toEqual([
    ['A', '$(( 2 * 4 ))'],
    ['B', '`echo 1`'],
    ['C', '${B:-3 4}x'],
    ['E', '$(echo "$(echo 1)")'],
    ['F', '1'],
  ]);
  expect(unknown.map(({ what, where }) => `${describeWhere(where)} ${what}`)).toEqual([
    'config:1:3 "$(( 2 * 4 ))" is not worked out',
    'config:1:19 "`echo 1`" is not worked out',
    'config:1:33 "${B:-3 4}" is not worked out',
    'config:2:1 "D=( "a" b # two )" is not run: write NAME[0]=..., NAME[1]=...',
    'config:6:3 "$(echo "$(echo 1)")" is not worked out',
  ]);
});

test('any text is read without an exception, and values in quotes are read back', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'A=[]0"\'\\$#{}()` \n;'.split('')) }),
      (text) => {
        parseShellConfig({ file: 'config', text });
      },
    ),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~]*$/), (value) => {
      const quoted = value.replaceAll(/[\\"$`]/g, '\\$&');
      expect(values(`A="${quoted}"`)).toEqual([['A', value]]);
    }),
  );
});

const sizes: Readonly<Record<string, bigint>> = {
  xen: 0x10_0001n,
  Image: 0x20_0000n,
  initrd: 0x1000n,
  'one.dtb': 0x800n,
  'host.dtb': 0x4000n,
};
const base = PlacedTree.fromSource({
  file: 'host.dts',
  text: `/dts-v1/;
/ { #address-cells = <1>; #size-cells = <1>;
  memory@0 { device_type = "memory"; reg = <0 0x40000000>; };
  eth@ff0e0000 { };
};
`,
});
const files: BootFiles = {
  sizeOf: (file) => sizes[file],
  treeOf: (file) => (file === 'host.dtb' ? base : undefined),
};

const hostOf = (text: string, from = files): HostTree =>
  imageBuilderHost(readImageBuilder({ file: 'config', text }), from).host;

const complete = `MEMORY_START="0x0"
MEMORY_END="0x40000000"
DEVICE_TREE="host.dtb"
XEN="xen"
XEN_CMD="console=dtuart dom0_mem=1G"
DOM0_KERNEL="Image"
NUM_DOMUS=2
DOMU_KERNEL[0]="Image"
DOMU_RAMDISK[0]="initrd"
DOMU_PASSTHROUGH_DTB[0]="one.dtb"
DOMU_PASSTHROUGH_PATHS[0]="/eth@ff0e0000"
DOMU_MEM[0]=128
DOMU_VCPUS[0]=2
DOMU_SHARED_MEM[0]="box 0x30000000 0x50000000 0x1000"
DOMU_KERNEL[1]="Image"
DOMU_STATIC_MEM[1]="0x20000000 0x4000000"
DOMU_DIRECT_MAP[1]=0
DOMU_ENHANCED[1]=0
DOMU_COLORS[1]="4-7"
DOMU_SHARED_MEM[1]="box 0x30000000 0x50000000 0x1000"
`;

test('a module is known by its file where nobody knows its address', () => {
  const { domains, dom0 } = hostOf(complete, { sizeOf: () => undefined, treeOf: () => undefined });
  const modules = [dom0, ...domains].flatMap((one) => one.modules);

  expect(modules.map(({ kind, start, file }) => [kind, start, file])).toEqual([
    ...[['kernel', undefined, 'Image']],
    ...[
      ['kernel', undefined, 'Image'],
      ['ramdisk', undefined, 'initrd'],
      ['device-tree', undefined, 'one.dtb'],
    ],
    ...[['kernel', undefined, 'Image']],
  ]);
});

test('kernels are told what the configuration says, or what ImageBuilder always does', () => {
  const said = (text: string, path: string, name: string): string | undefined => {
    const found = find(hostOf(text).source.tree, path);
    return found && stringOf(found, name);
  };
  const text = `${complete}DOM0_CMD="root=/dev/sda1"\nDOMU_CMD[1]="rate=50"\n`;

  expect(said(text, '/chosen/domU0/kernel', 'bootargs')).toBe('console=ttyAMA0');
  expect(said(text, '/chosen/domU1/kernel', 'bootargs')).toBe('rate=50');
  expect(said(text, '/chosen', 'xen,dom0-bootargs')).toBe('root=/dev/sda1');
  expect(said(complete, '/chosen', 'xen,dom0-bootargs')).toBe(
    'console=hvc0 earlycon=xen earlyprintk=xen clk_ignore_unused',
  );
});

test('domains, their memory and what they share are what the script would write', () => {
  const host = hostOf(complete);
  const [first, second] = host.domains;
  expect(first).toMatchObject({
    name: 'domU0',
    memory: 128n * 1024n,
    cpus: 2,
    enhanced: 'enabled',
    directMap: false,
    modules: [
      { kind: 'kernel', file: 'Image' },
      { kind: 'ramdisk', file: 'initrd' },
      { kind: 'device-tree', file: 'one.dtb' },
    ],
    sharedMemory: [
      { id: 'box', region: { host: 0x3000_0000n, guest: 0x5000_0000n, size: 0x1000n } },
    ],
  });
  expect(second).toMatchObject({
    memory: 64n * 1024n,
    cpus: 1,
    enhanced: undefined,
    directMap: false,
    llcColors: '4-7',
    staticMemory: [{ start: 0x2000_0000n, size: 0x400_0000n }],
  });
  expect(host.dom0.hasKernel).toBe(true);
  expect(describeWhere(first?.sharedMemory[0]?.at('xen,shared-mem') ?? { file: '' })).toBe(
    'config:14:20',
  );
  const { tree } = host.source;
  expect(stringOf(find(tree, '/chosen') ?? tree.root, 'xen,xen-bootargs')).toBe(
    'console=dtuart dom0_mem=1G',
  );
  expect(cellsOf(find(tree, '/eth@ff0e0000') ?? tree.root, 'xen,passthrough')).toEqual([]);
});

test('files are loaded from 12 MiB on, behind the script, at steps of 2 MiB', () => {
  expect(hostOf(complete).loads.map(({ name, start }) => `${name} ${hex(start)}`)).toEqual([
    'Image 0xe00000',
    'Image 0x1000000',
    'initrd 0x1200000',
    'one.dtb 0x1400000',
    'Image 0x1600000',
    'xen 0x1800000',
    'host.dtb 0x1a00000',
  ]);
});

test('defaults: 512 MiB, static memory is mapped directly, no dom0 no enhancement', () => {
  const host = hostOf(`NUM_DOMUS=2
MEMORY_START=0x40000000
MEMORY_END=0x80000000
DOMU_KERNEL[0]="Image"
DOMU_KERNEL[1]="Image"
DOMU_STATIC_MEM[1]="0x50000000 0x1000000 0x60000000 0x1000000"
`);
  expect(host.memory).toMatchObject([{ start: 0x4000_0000n, size: 0x4000_0000n }]);
  expect(host.domains).toMatchObject([
    { memory: 512n * 1024n, directMap: false, enhanced: undefined },
    { memory: 32n * 1024n, directMap: true, staticMemory: [{}, {}] },
  ]);
});

test('where a file is not there, no address is made up', () => {
  const host = hostOf(complete, {
    ...files,
    sizeOf: (file) => (file === 'initrd' ? undefined : 1n),
  });
  expect(host.domains[0]?.modules).toMatchObject([
    { kind: 'kernel', start: 0x100_0000n },
    { kind: 'ramdisk', start: undefined },
    { kind: 'device-tree', start: undefined },
  ]);
});

test('in double quotes a backslash stands for itself before other letters, and # inside a word is of it', () => {
  const text = 'A="a\\b \\$x \\`y"\nB=disk#1 # comment\nC=a\\b\n';
  expect(values(text)).toEqual([
    ['A', 'a\\b $x `y'],
    ['B', 'disk#1'],
    ['C', 'ab'],
  ]);
});

test('what is not here is told, with the line that names it', () => {
  const { unknown } = imageBuilderHost(readImageBuilder({ file: 'config', text: complete }), {
    sizeOf: (file) => (file === 'initrd' ? undefined : 1n),
    treeOf: () => undefined,
  });
  expect(unknown.map(({ where, what }) => `${describeWhere(where)} ${what}`)).toEqual([
    'config:3:13 the device tree host.dtb, which is not here',
    'config:9:17 where files lie from initrd on, which is not here',
  ]);
});

test('a domain that dom0 starts later is none of Xen’s', () => {
  const host = hostOf(`${complete}DOMU_NOBOOT[0]=y\n`);
  expect(host.domains.map(({ name }) => name)).toEqual(['domU1']);
});

test('variables that nobody knows are told', () => {
  const { unknown } = readImageBuilder({
    file: 'config',
    text: 'NUM_DOMUS=0\nDOMU_KERNAL[0]="x"\n',
  });
  expect(unknown.map(({ what }) => what)).toEqual(['variable DOMU_KERNAL']);
});

test('a configuration is told from an xl file', () => {
  expect(isImageBuilderConfig(complete)).toBe(true);
  expect(isImageBuilderConfig('name = "a"\nkernel = "XEN"\n')).toBe(false);
});
