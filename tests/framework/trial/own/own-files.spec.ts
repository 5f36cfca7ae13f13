// SPDX-License-Identifier: Apache-2.0
// The files that a configuration boots: found where the user has them, or told with the place.
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { MisuseError } from '../../../../lib/support/errors.ts';
import { findFile, ownFiles } from '../../../../lib/trial/own/own-files.ts';
import { fileNotes } from '../../../../lib/trial/own/untried.ts';
import { fusionAt, idle, scriptOf, subjectOf, treeOf, write, writePair } from './configuration.ts';

const pair = { radar: idle, fusion: idle };

async function refusal(directory: string): Promise<string> {
  const subject = await subjectOf(directory);
  try {
    ownFiles(subject);
  } catch (error) {
    if (error instanceof MisuseError) return error.message;
    throw error;
  }
  return 'nothing';
}

test('a boot script says which file is whose kernel', async ({}, { outputDir }) => {
  const { tree } = ownFiles(await subjectOf(writePair(outputDir, pair)));

  expect(tree).toMatchObject([
    { domain: 'radar', kind: 'kernel', path: join(outputDir, 'radar.bin'), size: 4096 },
    { domain: 'fusion', kind: 'kernel', start: fusionAt, moduleSize: 4096n },
  ]);
});

test('a file is looked for beside who names it, from the directory as root, and by its name', ({}, {
  outputDir,
}) => {
  write(outputDir, {
    'conf/radar.cfg': '',
    'conf/near': '',
    'boot/rooted': '',
    'deep/er/named': '',
  });
  const find = (name: string): string | undefined =>
    findFile(outputDir, join(outputDir, 'conf/radar.cfg'), name);

  expect(find('near')).toBe(join(outputDir, 'conf/near'));
  expect(find('/boot/rooted')).toBe(join(outputDir, 'boot/rooted'));
  expect(find('/srv/named')).toBe(join(outputDir, 'deep/er/named'));
});

test('a file of this machine is never the user’s', ({}, { outputDir }) => {
  write(outputDir, { 'radar.cfg': '' });

  expect(findFile(outputDir, join(outputDir, 'radar.cfg'), '/bin/sh')).toBeUndefined();
});

test('nor is one beside the directory', ({}, { outputDir }) => {
  write(outputDir, { 'conf/radar.cfg': '', Image: '', 'conf/boot/Image': '' });
  const [directory, file] = [join(outputDir, 'conf'), join(outputDir, 'conf/radar.cfg')];

  expect(findFile(directory, file, '../Image')).toBe(join(directory, 'boot/Image'));
  expect(findFile(directory, file, 'boot/../boot/Image')).toBe(join(directory, 'boot/Image'));
});

test('of files that a script loads to one place, the last lies there', async ({}, {
  outputDir,
}) => {
  writePair(outputDir, pair);
  const script = scriptOf({ 'radar.bin': 0x4200_0000n, 'fusion.bin': fusionAt });
  const twice = script.replace('tftpb 0x4f', 'tftpb 0x44000000 other.bin\ntftpb 0x4f');
  write(outputDir, { 'boot.cmd': twice, 'other.bin': idle });

  const { tree } = ownFiles(await subjectOf(outputDir));

  expect(tree[1]).toMatchObject({ domain: 'fusion', path: join(outputDir, 'other.bin') });
});

test('kernels that a boot script loads and that are not there: all are told, with its lines', async ({}, {
  outputDir,
}) => {
  const domain = { kernel: fusionAt, size: 4096 };
  write(outputDir, {
    'host.dts': treeOf({ radar: { ...domain, kernel: 0x4200_0000n }, fusion: domain }),
    'boot.cmd': scriptOf({ 'tftp/radar.bin': 0x4200_0000n, 'fusion.bin': fusionAt }),
  });

  const message = await refusal(outputDir);

  expect(message).toContain(`${outputDir}/boot.cmd:2:1: tftp/radar.bin is not there`);
  expect(message).toContain('(and 1 more)');
  expect(message).toContain('3 | tftpb 0x44000000 fusion.bin');
  expect(message).toContain(`to do: put it into ${outputDir}, or boot probes instead`);
});

test('a module that no script loads is told with its node', async ({}, { outputDir }) => {
  write(outputDir, { 'host.dts': treeOf({ radar: { kernel: fusionAt, size: 4096 } }) });

  expect(await refusal(outputDir)).toMatch(
    /host\.dts:\d+:7: no file is named for the kernel of radar: nothing in \S+ loads one to 0x44000000\n/,
  );
});

test('a domain without a kernel is told', async ({}, { outputDir }) => {
  const text = treeOf({ radar: { kernel: fusionAt, size: 4096 } });
  write(outputDir, {
    'host.dts': text.replace('"multiboot,kernel", "multiboot,module"', '"my,own"'),
  });

  expect(await refusal(outputDir)).toMatch(/host\.dts:\d+:5: radar has no kernel: no module/);
});

test('what ImageBuilder loads is found, and what is absent is told with its variable', async ({}, {
  outputDir,
}) => {
  const config =
    'MEMORY_START="0x40000000"\nMEMORY_END="0x80000000"\nXEN="xen"\nNUM_DOMUS=2\n' +
    'DOMU_KERNEL[0]="radar.bin"\nDOMU_CMD[0]="rate=50"\nDOMU_KERNEL[1]="fusion.bin"\n';
  write(outputDir, { config, 'radar.bin': idle });
  expect(await refusal(outputDir)).toContain(
    `${outputDir}/config:7:16: fusion.bin is not there: neither beside this file`,
  );

  write(outputDir, { 'fusion.bin': idle });
  expect(ownFiles(await subjectOf(outputDir)).tree).toMatchObject([
    { domain: 'domU0', path: join(outputDir, 'radar.bin') },
    { domain: 'domU1', path: join(outputDir, 'fusion.bin') },
  ]);
});

test('kernels of xl that are not there, or not named, are told with file, line and column', async ({}, {
  outputDir,
}) => {
  write(outputDir, {
    'radar.cfg': 'name = "radar"\nkernel = "/boot/Image"\nramdisk = "/boot/radar.cpio"\n',
    'fusion.cfg': 'name = "fusion"\nbootloader = "pygrub"\n',
    'boot/Image': idle,
  });

  const message = await refusal(outputDir);

  expect(message).toMatch(/fusion\.cfg[^\n]*: fusion has no kernel/);
  expect(message).toContain('radar.cfg:3:11: /boot/radar.cpio is not there');
  expect(message).not.toContain('Image is not there');
});

test('a file that is longer than its module is told: the domain gets a part of it', async ({}, {
  outputDir,
}) => {
  const { tree } = ownFiles(await subjectOf(writePair(outputDir, pair, { radar: { size: 2048 } })));

  expect(fileNotes(tree, 0n).map(({ text }) => text)).toEqual([
    'the kernel of radar is cut: its module has 0x800 bytes, the file 0x1000',
  ]);
});
