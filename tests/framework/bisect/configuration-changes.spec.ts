// SPDX-License-Identifier: Apache-2.0
// Every file of a directory, as far as it is understood, and what of two goes together.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Change } from '../../../lib/bisect/change.ts';
import { differenceOf, type Difference } from '../../../lib/bisect/configurations.ts';
import { findRequirements } from '../../../lib/bisect/minimise.ts';
import { MixtureDirectory } from '../../../lib/bisect/mixture.ts';
import { readEnd } from '../../../lib/cli/configuration-end.ts';

type Files = Readonly<Record<string, string | Buffer>>;

function write(directory: string, files: Files): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

async function between(outputDir: string, good: Files, bad: Files): Promise<Difference> {
  const [first, second] = [
    await readEnd(write(join(outputDir, 'good'), good)),
    await readEnd(write(join(outputDir, 'bad'), bad)),
  ];
  return differenceOf(first.end, second.end, () => Promise.reject(new Error('not to be run')));
}

const told = (changes: readonly Change[]): string[] =>
  changes.map(({ kind, what }) => `${kind}: ${what}`);

/** The files of a mixture, as a test finds them. */
async function laid({ mixed }: Difference, ...chosen: number[]): Promise<Record<string, string>> {
  using directory = new MixtureDirectory();
  await directory.lay(mixed(chosen));
  const names = readdirSync(directory.path, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(directory.path, name)).isFile());
  return Object.fromEntries(
    files.map((name) => [name, readFileSync(join(directory.path, name), 'latin1')]),
  );
}

const image = (content: string): Buffer =>
  Buffer.concat([Buffer.alloc(56), Buffer.from('ARM\x64'), Buffer.from(content)]);
const guest = 'name = "a"\nmemory = 64\nkernel = "Image"\n';

test('files that nobody understands are changes by their bytes, kernels as images', async ({}, {
  outputDir,
}) => {
  const { changes } = await between(
    outputDir,
    { 'a.cfg': guest, Image: image('one'), 'initrd.bin': Buffer.from([0, 1]), gone: 'x' },
    { 'a.cfg': guest, Image: image('two'), 'initrd.bin': Buffer.from([0, 2]), 'new/one': 'y' },
  );

  expect(told(changes).toSorted()).toEqual([
    'file added: new/one',
    'file removed: gone',
    'file replaced: initrd.bin',
    'image replaced: Image',
  ]);
  const replaced = changes.find(({ what }) => what === 'Image');
  expect(replaced?.from).toMatch(/^63 bytes, sha256 [0-9a-f]{12}$/);
  expect(replaced?.good).toEqual({ file: join(outputDir, 'good/Image') });
});

test('a mixture is a directory with what was chosen, all else as the good end has it', async ({}, {
  outputDir,
}) => {
  const good = { 'a.cfg': `# mine\n${guest}`, Image: image('one'), 'sub/notes': 'x\n' };
  const bad = { 'a.cfg': guest.replace('64', '96'), Image: image('two'), 'sub/notes': 'y\n' };
  const difference = await between(outputDir, good, bad);
  const memory = difference.changes.findIndex(({ what }) => what === 'memory');

  expect(await laid(difference, memory)).toMatchObject({
    'a.cfg': `# mine\n${guest.replace('64', '96')}`,
    Image: good.Image.toString('latin1'),
    'sub/notes': 'x\n',
  });
  expect(await laid(difference)).toMatchObject({ 'a.cfg': good['a.cfg'] });
  expect(await laid(difference, ...difference.changes.keys())).toMatchObject({
    'a.cfg': bad['a.cfg'],
    'sub/notes': 'y\n',
  });
});

test('variables of ImageBuilder and the arguments of its command lines', async ({}, {
  outputDir,
}) => {
  const builder = `MEMORY_START="0x0"
MEMORY_END="0x80000000"
DEVICE_TREE="host.dtb"
XEN_CMD="console=dtuart dom0_mem=512M"
NUM_DOMUS=1
DOMU_KERNEL[0]="Image"  # Linux
DOMU_MEM[0]=512
DOMU_CMD[0]="console=ttyAMA0"
`;
  const { changes, mixed } = await between(
    outputDir,
    { config: builder },
    {
      config: builder
        .replace('dom0_mem=512M', 'dom0_mem=1G bootscrub=0')
        .replace('DOMU_MEM[0]=512', "DOMU_MEM[0]='1024'\nDOMU_VCPUS[0]=2")
        .replace('"console=ttyAMA0"', '"console=ttyAMA0 quiet"')
        .replace('DEVICE_TREE="host.dtb"\n', ''),
    },
  );

  expect(told(changes)).toEqual([
    'key removed: DEVICE_TREE',
    'argument changed: XEN_CMD',
    'argument added: XEN_CMD',
    'key changed: DOMU_MEM[0]',
    'key added: DOMU_VCPUS[0]',
    'argument added: DOMU_CMD[0]',
  ]);
  const [file] = mixed([2, 4]).files;
  expect(file).toMatchObject({
    text: builder
      .replace('dom0_mem=512M', 'dom0_mem=512M bootscrub=0')
      .replace('DOMU_MEM[0]=512\n', 'DOMU_MEM[0]=512\nDOMU_VCPUS[0]=2\n'),
  });
});

test('lines of a boot script', async ({}, { outputDir }) => {
  const script =
    'tftpb 0x40000000 xen\nfdt addr 0x44000000\nfdt set /chosen x <1>\nbooti 0x40000000\n';
  const { changes } = await between(
    outputDir,
    { 'boot.cmd': script },
    { 'boot.cmd': script.replace('<1>', '<2>').replace('booti', 'echo boots\nbooti') },
  );

  expect(changes.map(({ kind, hunk }) => [kind, ...(hunk ?? []).slice(3)])).toEqual([
    ['lines changed', '-fdt set /chosen x <1>', '+fdt set /chosen x <2>'],
    ['lines added', '+echo boots'],
  ]);
});

test('a key and the file that it names go together', async ({}, { outputDir }) => {
  const { changes, between: all } = await between(
    outputDir,
    { 'a.cfg': guest, Image: image('one') },
    {
      'a.cfg': guest.replace('Image', 'Image-6.12').replace('64', '96'),
      'Image-6.12': image('two'),
    },
  );
  const requires = await findRequirements(all.count, all.exists);
  const number = (what: string): number => changes.findIndex((one) => one.what === what);

  expect(requires[number('kernel')]).toEqual([number('Image-6.12')]);
  expect(requires[number('Image')]).toEqual([number('kernel')].concat(number('Image-6.12')).sort());
  expect(requires[number('memory')]).toEqual([]);
});

test('ends that differ only in how they are written say the same', async ({}, { outputDir }) => {
  const ends = between(
    outputDir,
    { 'a.cfg': guest },
    { 'a.cfg': "# other words\nmemory='64'; name='a'\nkernel='Image'" },
  );

  await expect(ends).rejects.toThrow('say the same: there is nothing between them');
});

test('a file that does not parse at one end is told with its place', async ({}, { outputDir }) => {
  const ends = between(
    outputDir,
    { 'a.cfg': guest },
    { 'a.cfg': 'name = "a"\nmemory = \nkernel = "Image"\n' },
  );

  await expect(ends).rejects.toThrow(/bad\/a\.cfg:2:10: [^]*2 \| memory = /);
});
