// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { TftpFiles } from '../../../lib/physical/tftp-files.ts';
import { crc32 } from '../../../lib/support/checksum.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';
import { hostAddressOf } from '../../../lib/support/units.ts';

test('files are served by a name of their boot, with size and CRC, and are gone afterwards', async ({}, testInfo) => {
  const root = testInfo.outputPath('tftp');
  mkdirSync(root);
  const path = testInfo.outputPath('an image');
  writeFileSync(path, 'some bytes', { mode: 0o600 });
  const file = { name: 'xen', path, address: hostAddressOf(0x1000_0000n) };
  const served = await TftpFiles.publish('board', root, 'boot/', '00c0ffee', [file]);

  expect(served.files).toEqual([
    {
      name: 'boot/cp-00c0ffee/xen',
      address: 0x1000_0000n,
      size: 10,
      crc32: crc32(new TextEncoder().encode('some bytes')),
    },
  ]);
  expect(readFileSync(`${root}/cp-00c0ffee/xen`, 'utf8')).toBe('some bytes');
  expect(statSync(`${root}/cp-00c0ffee/xen`).mode & 0o777).toBe(0o644);
  await served.dispose();
  expect(readdirSync(root)).toEqual([]);
});

test('two boots never share a name: the second of one is refused and the first left alone', async ({}, testInfo) => {
  const root = testInfo.outputPath('tftp');
  mkdirSync(`${root}/cp-00c0ffee`, { recursive: true });
  const path = testInfo.outputPath('image');
  writeFileSync(path, '');
  writeFileSync(`${root}/cp-00c0ffee/xen`, 'the first');
  const files = [{ name: 'xen', path, address: hostAddressOf(0n) }];
  const publishing = TftpFiles.publish('board', root, '', '00c0ffee', files);

  await expect(publishing).rejects.toThrow(/does not take the files of this boot: EEXIST/);
  await expect(publishing).rejects.toBeInstanceOf(EnvironmentError);
  expect(readFileSync(`${root}/cp-00c0ffee/xen`, 'utf8')).toBe('the first');
});

test('a directory that is not there is told before anything is served', async ({}, testInfo) => {
  const root = testInfo.outputPath('nowhere/tftp');

  await expect(TftpFiles.publish('zcu102-a', root, '', '00c0ffee', [])).rejects.toThrow(
    /^zcu102-a: the directory of the TFTP server does not take.*ENOENT.*\n {2}look at: .*nowhere\/tftp\n {2}to do: /,
  );
});
