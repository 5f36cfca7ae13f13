// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { runCli } from './run-cli.ts';

const wrong = '# mine\nname = "a"\nkernel = "/k"\nmemory = 64\niomem = "0x70000,1@0x50000"\n';
const right = wrong.replace('"0x70000,1@0x50000"', '[ "0x70000,1@0x50000" ]');

function fileWith(directory: string, text: string, name = 'a.cfg'): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

test('--fix --dry-run shows what would change, and changes nothing', async ({}, { outputDir }) => {
  const file = fileWith(outputDir, wrong);
  const { code, stdout } = await runCli(['lint', '--fix', '--dry-run', file]);
  expect(stdout).toBe(`--- ${file}
+++ ${file}
@@ -5,1 +5,1 @@
-iomem = "0x70000,1@0x50000"
+iomem = [ "0x70000,1@0x50000" ]
`);
  expect(code).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe(wrong);
});

test('--fix mends the file and judges it again', async ({}, { outputDir }) => {
  const file = fileWith(outputDir, wrong);
  const { code, stdout, stderr } = await runCli(['lint', '--fix', file]);
  expect(stderr).toBe('mended 1 place in 1 file\n');
  expect(stdout).toBe(
    '0 host trees, 0 partial trees, 1 xl domain, for Xen 4.20\n0 errors, 0 warnings\n',
  );
  expect(code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(right);
});

test('--fix mends a value in which two things are wrong as a whole', async ({}, { outputDir }) => {
  const entry = (role: string, policy: string): string =>
    `name = "a"\nkernel = "/k"\nmemory = 64\nstatic_shm = [ "id=I, begin=0x43000000, size=0x1000, role=${role}, cache_policy=${policy}" ]\n`;
  const file = fileWith(outputDir, entry('master', 'x86_normal'));

  await runCli(['lint', '--xen', 'shared-memory', '--fix', file]);

  expect(readFileSync(file, 'utf8')).toBe(entry('owner', 'ARM_normal'));
});

test('--fix leaves every file alone where one has bytes that are no UTF-8', async ({}, {
  outputDir,
}) => {
  const [first, file] = [fileWith(outputDir, wrong), fileWith(outputDir, '', 'b.cfg')];
  const bytes = Buffer.from(wrong.replace('mine', 'caf\u00e9'), 'latin1');
  writeFileSync(file, bytes);
  const { code, stderr } = await runCli(['lint', '--fix', outputDir]);
  expect(stderr).toContain(`${file}: is not UTF-8`);
  expect(code).toBe(2);
  expect(readFileSync(file)).toEqual(bytes);
  expect(readFileSync(first, 'utf8')).toBe(wrong);
});

test('a finding that a comment answers is counted, and is no error', async ({}, { outputDir }) => {
  const text = right
    .replace('0x50000', '0x40100')
    .replace(' ]', ' ] # crosspage-ignore guest-overlap: why');
  const { code, stdout } = await runCli(['lint', fileWith(outputDir, text)]);
  expect(stdout).toContain('0 errors, 0 warnings, 1 answered by comments\n');
  expect(code).toBe(0);
});

const tree = `/dts-v1/;
/ { chosen { #address-cells = <2>; #size-cells = <2>; one {
  compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; memory = <0 0x8000>; cpus = <1>;
  kernel { compatible = "multiboot,kernel", "multiboot,module"; };
  shm { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "box"; role = "owner";
    xen,shared-mem = <0 0x70000000 0 0x50000000 0 0x1000>; };
}; }; };
`;

test('a file that is not there to include is a finding, and the others are judged', async ({}, {
  outputDir,
}) => {
  const text = `/* the board */\n #include "absent.dtsi"\n${tree}`;
  fileWith(outputDir, wrong);
  const file = fileWith(outputDir, text, 'host.dts');
  const { code, stdout } = await runCli(['lint', outputDir]);
  expect(stdout)
    .toContain(`${file}:2:11: error: cpp: absent.dtsi: No such file or directory [unreadable]
  2 |  #include "absent.dtsi"
    |           ^
`);
  expect(stdout).toContain('iomem is one value where xl takes a list [xl-value]');
  expect(stdout).toContain('2 errors, 0 warnings');
  expect(code).toBe(1);
});

test('--xen takes a .config: what it was built without is found', async ({}, { outputDir }) => {
  const file = fileWith(outputDir, tree, 'host.dts');
  const title = '# Automatically generated file; DO NOT EDIT.\n# Xen/arm 4.20.3 Configuration\n';
  const without = fileWith(outputDir, title, 'stock.config');
  const found = await runCli(['lint', '--xen', without, file]);
  expect(found.stdout).toContain('this Xen is built without CONFIG_STATIC_SHM [shm-not-built]');

  const config = `${title}CONFIG_STATIC_MEMORY=y\nCONFIG_STATIC_SHM=y\n`;
  const built = await runCli(['lint', '--xen', fileWith(outputDir, config, 'own.config'), file]);
  expect(built.stdout).toContain('0 errors, 0 warnings');
});

for (const [title, args, told] of [
  [
    'a Xen that there is not',
    ['--xen', 'nonsense', 'package.json'],
    '--xen nonsense: is no version, no file and no flavour of hypervisor\n',
  ],
  [
    'a file that is no hypervisor',
    ['--xen', 'package.json', 'package.json'],
    '--xen package.json: is not a raw arm64 Image: its header has no magic number\n',
  ],
  ['--dry-run alone', ['--dry-run', 'package.json'], 'lint: --dry-run is for --fix\n'],
  ['no files', [], 'lint: wants the files or directories that belong together\n'],
  ['a file of another kind', ['package.json'], 'package.json: is no xl configuration'],
] as const) {
  test(`${title}: wrong use`, async () => {
    const { code, stderr } = await runCli(['lint', ...args]);
    expect(stderr).toContain(told);
    expect(code).toBe(2);
  });
}
