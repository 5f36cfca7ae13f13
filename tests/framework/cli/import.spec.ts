// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { runCli } from './run-cli.ts';

function directoryWith(directory: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const one = '# mine\nname = "one"\nmemory = 0x40\niomem = [ "70000,1" ]\n';

test('what a configuration says is told, and printed back with its comments', async ({}, {
  outputDir,
}) => {
  const directory = directoryWith(outputDir, { 'one.cfg': one, 'notes.txt': '' });
  const told = await runCli(['import', directory]);
  expect(told.stdout).toBe(`
one: xl, ${directory}/one.cfg:1:1
  memory  ${directory}/one.cfg:3:10  64 MiB
  shares  ${directory}/one.cfg:4:11  iomem, host [0x70000000, 0x70001000) -> guest [0x70000000, 0x70001000), Device

nothing was left aside
  ${directory}/notes.txt  a file of another kind
`);
  expect(told.code).toBe(0);

  const printed = await runCli(['import', '--format', 'source', directory]);
  expect(printed.stdout).toBe(
    `# ${directory}/one.cfg\n# mine\nname = "one"\nmemory = 64\niomem = [ "0x70000,0x1" ]\n`,
  );
});

test('a file that cannot be read is told with its place, and the others are read', async ({}, {
  outputDir,
}) => {
  const directory = directoryWith(outputDir, { 'a.cfg': 'name = one\n', 'b.cfg': one });
  const { code, stdout, stderr } = await runCli(['import', '--format', 'json', directory]);
  expect(stderr).toBe(
    `${directory}/a.cfg:1:8: one stands where a string in quotes, a number or a list is expected\n` +
      '1 | name = one\n  |        ^~~\n',
  );
  expect(JSON.parse(stdout)).toMatchObject({ domains: [{}, { name: 'one', memory: '0x4000000' }] });
  expect(code).toBe(2);
});

const imageBuilder = `MEMORY_START=0x40000000
MEMORY_END=0x80000000
XEN=xen
NUM_DOMUS=1
DOMU_KERNEL[0]=Image
UBOOT_SOURCE=boot.source
`;

test('a directory of ImageBuilder is read by what stands in its files, its script is not read too', async ({}, {
  outputDir,
}) => {
  const directory = directoryWith(outputDir, {
    config: imageBuilder,
    'boot.source': 'tftpb 0x41000000 xen\nbooti 0x41000000\n',
    Image: 'x'.repeat(4096),
    xen: 'x'.repeat(4096),
  });
  const { stdout } = await runCli(['import', directory]);
  expect(stdout).toBe(`host
  memory         ${directory}/config:2:12  [0x40000000, 0x80000000) memory
  boot module    ${directory}/config:5:16  [0x40400000, 0x40401000) boot module 0 (kernel)
  loaded file    ${directory}/config:3:5   [0x40600000, 0x40601000) xen
  Xen arguments  ${directory}/config:1:1   console=dtuart dtuart=serial0 bootscrub=0 vwfi=native sched=null

domU0: dom0less, ${directory}/config:5:16
  memory  ${directory}/config:5:16  512 MiB
  vcpus   ${directory}/config:5:16  1
  kernel  ${directory}/config:5:16  [0x40400000, 0x40401000) Image

nothing was left aside
  ${directory}/boot.source  a file of another kind
  ${directory}/Image        a file of another kind
  ${directory}/xen          a file of another kind
`);
});

test('an xl file without an ending is told from other files', async ({}, { outputDir }) => {
  const directory = directoryWith(outputDir, { one, Makefile: 'name = "x"\nall:\n' });
  const { stdout } = await runCli(['import', directory]);
  expect(stdout).toContain(`one: xl, ${directory}/one:1:1\n`);
  expect(stdout).toContain(`${directory}/Makefile  a file of another kind\n`);
});

test('a boot script in the image of mkimage changes the tree that lies beside it', async ({}, {
  outputDir,
}) => {
  const text = `tftpb 0x41000000 host.dtb
fdt addr 0x41000000
fdt set /chosen/one memory <0 0x8000>
`;
  const directory = directoryWith(outputDir, {
    'host.dts': '/dts-v1/;\n/ { chosen { one { compatible = "xen,domain"; }; }; };\n',
  });
  const header = Buffer.alloc(72);
  header.writeUInt32BE(0x2705_1956, 0);
  header.writeUInt32BE(text.length, 64);
  writeFileSync(join(directory, 'boot.scr'), Buffer.concat([header, Buffer.from(text)]));
  const { stdout } = await runCli(['import', directory]);
  expect(stdout).toContain(`one: dom0less, ${directory}/host.dts:2:14
  memory  ${directory}/boot.scr:3:1  32 MiB
`);
});
