// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { cellsOf, find, property, stringsOf } from '../../../lib/dt/index.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import {
  isUBootScript,
  readUBootScript,
  type UBootScript,
} from '../../../lib/import/u-boot-script.ts';
import { describeWhere } from '../../../lib/import/where.ts';
import { hex } from '../../../lib/support/units.ts';

const base = PlacedTree.fromSource({
  file: 'host.dts',
  text: '/dts-v1/;\n/ { chosen { old = "x"; gone { }; }; };\n',
});
const read = (text: string): UBootScript =>
  readUBootScript(
    { file: 'boot.cmd', text },
    {
      sizeOf: (file) => (file === 'absent' ? undefined : 0x1a00n),
      treeOf: (file) => (file === 'host.dtb' ? base : undefined),
    },
  );

const loads = ({ loads: list }: UBootScript): string[] =>
  list.map(({ file, start, where }) => `${describeWhere(where)} ${file} ${hex(start)}`);

test('every command that loads, with its variables filled in', () => {
  const script = read(`setenv base 40000000 # hexadecimal without 0x
tftpb 0x41000000 xen; tftpboot \${base} Image
load mmc 0:1 $base initrd
fatload usb 0 0x43000000 dir/one.dtb
env set more 'tftpb 0x44000000 two.dtb'
run more
dhcp
`);
  expect(loads(script)).toEqual([
    'boot.cmd:2:1 xen 0x41000000',
    'boot.cmd:2:23 Image 0x40000000',
    'boot.cmd:3:1 initrd 0x40000000',
    'boot.cmd:4:1 dir/one.dtb 0x43000000',
    'boot.cmd:6:1 two.dtb 0x44000000',
  ]);
  expect(script.unknown).toEqual([]);
  expect(script.host).toBeUndefined();
});

test('commands of a list and of conditions are followed, each at its place', () => {
  const script = read(`load mmc 0:1 0x41000000 xen && load mmc 0:1 0x42000000 host.dtb||echo no
if load mmc 0:1 0x43000000 a; then load mmc 0:1 0x44000000 b
elif ! tftpb 0x45000000 c; then
  false
else tftpb 0x46000000 d; fi
while tftpb 0x47000000 e; do tftpb 0x48000000 f; done
setenv x 'tftpb 0x49000000 g && tftpb 0x4a000000 h'; run x
setenv y "if && || then"
`);
  expect(loads(script)).toEqual([
    'boot.cmd:1:1 xen 0x41000000',
    'boot.cmd:1:32 host.dtb 0x42000000',
    'boot.cmd:2:4 a 0x43000000',
    'boot.cmd:2:36 b 0x44000000',
    'boot.cmd:3:8 c 0x45000000',
    'boot.cmd:5:6 d 0x46000000',
    'boot.cmd:6:7 e 0x47000000',
    'boot.cmd:6:30 f 0x48000000',
    'boot.cmd:7:54 g 0x49000000',
    'boot.cmd:7:54 h 0x4a000000',
  ]);
  expect(script.unknown).toEqual([]);
});

const open = 'tftpb 0x44000000 host.dtb\nfdt addr 0x44000000\n';

test('the tree is what fdt makes of the file: nodes, cells, texts, bytes, flags', () => {
  const { host, faults } = read(`${open}fdt mknod /chosen domU1
fdt set /chosen/domU1 compatible "xen,domain" "more text"
fdt set /chosen/domU1 memory <0x0 65536 010>
fdt set /chosen/domU1 mac [00 11 2233]
fdt set /chosen/domU1 vpl011
fdt set / \\#address-cells <0x2>
fdt rm /chosen old
fdt rm /chosen/gone
`);
  expect(faults).toEqual([]);
  const tree = host?.source.tree;
  const [domain, chosen] = ['/chosen/domU1', '/chosen'].map((path) => tree && find(tree, path));
  if (tree === undefined || domain === undefined || chosen === undefined)
    throw new Error('no tree');
  expect(stringsOf(domain, 'compatible')).toEqual(['xen,domain', 'more text']);
  expect(cellsOf(domain, 'memory')).toEqual([0, 65536, 8]);
  expect(property(domain, 'mac')).toEqual(Uint8Array.of(0, 0x11, 0x22, 0x33));
  expect(property(domain, 'vpl011')).toEqual(new Uint8Array(0));
  expect(cellsOf(tree.root, '#address-cells')).toEqual([2]);
  expect(chosen.children.map(({ name }) => name)).toEqual(['domU1']);
  expect(property(chosen, 'old')).toBeUndefined();
  expect(describeWhere(host?.domains[0]?.at('memory') ?? { file: '' })).toBe('boot.cmd:5:1');
});

test('a size is that of the file that was loaded last', () => {
  const { host } = read(
    `${open}tftpb 0x45000000 Image\nsetenv size 0x$filesize\nfdt set /chosen reg <0x0 \${size}>\n`,
  );
  expect(cellsOf(find(host?.source.tree ?? base.tree, '/chosen') ?? base.tree.root, 'reg')).toEqual(
    [0, 0x1a00],
  );
});

for (const [title, command, told] of [
  ['filesize without 0x', 'fdt set /chosen reg <0x0 ${filesize}>', 'filesize is hexadecimal'],
  ['a node that is not there', 'fdt set /none reg <0x0>', 'the tree has no node /none'],
  ['a cell that is none', 'fdt set /chosen reg <0x0 1a>', '"1a" is no cell'],
  ['a command that says too little', 'fdt mknod /chosen', 'fdt mknod /chosen says too little'],
] as const) {
  test(`${title}: a fault, in its place`, () => {
    const { faults } = read(`${open}${command}\n`);
    expect(faults.map(({ where, message }) => `${describeWhere(where)} ${message}`)).toEqual([
      expect.stringContaining(`boot.cmd:3:1 ${told}`),
    ]);
  });
}

for (const [title, text, told] of [
  [
    'a variable of the board',
    'load mmc 0:1 ${kernel_addr_r} Image',
    'where Image is loaded: "${kernel_addr_r}"',
  ],
  [
    'a file that is not there',
    'tftpb 0x1000 other.dtb\nfdt addr 1000',
    'the device tree other.dtb, which is not here',
  ],
  [
    'a size that is not known',
    `${open}tftpb 0x1000 absent\nfdt set /chosen reg <0x\${filesize}>`,
    '/chosen: reg, since 0x${filesize} is not known',
  ],
  ['a variable that is not set', 'run bootcmd', 'variable bootcmd, which the script does not set'],
  ['variables that run each other', "setenv a 'run a'; run a", 'variables that run each other'],
  ['another command', 'mw 0x1000 1', 'command mw, which is not followed'],
] as const) {
  test(`${title}: not understood, and told`, () => {
    expect(read(`${text}\n`).unknown.map(({ what }) => what)).toEqual([told]);
  });
}

test('without its file the tree is taken to have the nodes that are named', () => {
  const { host, faults } = read(
    'fdt addr ${fdt_addr}\nfdt mknod /chosen domU1\nfdt set /chosen/domU1 compatible "xen,domain"\n',
  );
  expect(faults).toEqual([]);
  expect(host?.domains.map(({ name }) => name)).toEqual(['domU1']);
});

test('any text is followed without an exception', () => {
  const word = fc.constantFrom(
    'fdt',
    'set',
    'addr',
    'mknod',
    'rm',
    '/chosen',
    '/',
    'reg',
    '<0x1',
    '2>',
    '"a',
    'b"',
    '$a',
    '${a}',
    'setenv',
    'a',
    'run',
    'tftpb',
    '0x1000',
    'host.dtb',
    ';',
    '\n',
    '#',
    "'",
    '\\',
    'booti',
    '-',
    'if',
    '[',
    '00',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      read(words.join(' '));
    }),
  );
});

test('a script is told from other texts', () => {
  expect(isUBootScript('echo hello\nbooti 0x1000 - 0x2000\n')).toBe(true);
  expect(isUBootScript('We load mmc and fdt.\n')).toBe(false);
});
