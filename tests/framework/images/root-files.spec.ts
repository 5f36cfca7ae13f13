// SPDX-License-Identifier: Apache-2.0
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { dynamicNeeds } from '../../../lib/images/elf.ts';
import { resolveImages } from '../../../lib/images/index.ts';
import { overlaidRamdisk } from '../../../lib/images/ramdisk.ts';
import {
  moduleEntries,
  moduleOrder,
  programEntries,
  treeEntries,
} from '../../../lib/images/root-files.ts';
import { MiB } from '../../../lib/support/units.ts';
import { failureOf } from './failure-of.ts';

test('a program of this machine needs its C library and a loader, a text needs nothing', () => {
  const needs = dynamicNeeds(readFileSync(process.execPath));

  expect(needs?.libraries).toContain('libc.so.6');
  expect(needs?.interpreter).toMatch(/ld-linux/);
  expect(dynamicNeeds(Buffer.from('#!/bin/sh\n'.repeat(10)))).toBeUndefined();
});

test('a library that no package has is named, with what needs it', async ({}, info) => {
  const bin = info.outputPath('usr/bin');
  mkdirSync(bin, { recursive: true });
  copyFileSync(process.execPath, join(bin, 'program'));
  const error = await failureOf(() => programEntries(info.outputPath(), ['usr/bin/program']));

  expect(error.message).toMatch(
    /^usr\/bin\/program: needs lib\S+, which is in none of the packages/,
  );
  expect(error.story.remedy).toContain('add the package that has it');
});

test('a library is taken by the name by which it is asked for, as a file', ({}, info) => {
  const root = info.outputPath();
  mkdirSync(join(root, 'usr/lib'), { recursive: true });
  writeFileSync(join(root, 'usr/lib/libx.so.1.2'), 'the library');
  symlinkSync('libx.so.1.2', join(root, 'usr/lib/libx.so.1'));

  expect(programEntries(root, ['usr/lib/libx.so.1'])).toEqual([
    { path: 'usr/lib/libx.so.1', kind: 'file', mode: 0o644, content: Buffer.from('the library') },
  ]);
});

test('modules are listed in the order in which they are loaded, and a missing one is named', async ({}, info) => {
  mkdirSync(info.outputPath('kernel/net'), { recursive: true });
  for (const name of ['b', 'a']) writeFileSync(info.outputPath(`kernel/net/${name}.ko`), name);
  const order = moduleOrder(['b', 'a']);
  const error = await failureOf(() => moduleEntries(info.outputPath(), ['c']));

  expect(order).toMatchObject({ path: 'usr/lib/modules/order', content: 'b\na\n' });
  expect(error.message).toContain('needs c.ko');
});

test('an overlay lies behind the root file system, and its content decides the file', async ({}, info) => {
  const root = { path: info.outputPath('root.cpio'), sha256: 'of the root' };
  writeFileSync(root.path, 'the root');
  const overlay = info.outputPath('overlay');
  mkdirSync(join(overlay, 'etc'), { recursive: true });
  writeFileSync(join(overlay, 'etc/hostname'), 'one');
  const one = await overlaidRamdisk(root, { directory: overlay }, info.outputPath('cache'));
  writeFileSync(join(overlay, 'etc/hostname'), 'two');
  const two = await overlaidRamdisk(root, { directory: overlay }, info.outputPath('cache'));

  expect(readFileSync(one.path, 'latin1')).toMatch(/^the root070701/);
  expect(two.sha256).not.toBe(one.sha256);
  expect(treeEntries(overlay).map(({ path }) => path)).toEqual(['etc', 'etc/hostname']);
});

test('what was laid over a root file system a while ago is not read again, until it changes', async ({}, info) => {
  const root = { path: info.outputPath('root.cpio'), sha256: 'of the root' };
  writeFileSync(root.path, 'the root');
  const file = info.outputPath('hostname');
  const at = async (mtimeMs: number, content: string, texts = {}): Promise<string> => {
    writeFileSync(file, content);
    utimesSync(file, mtimeMs / 1000, mtimeMs / 1000);
    const overlay = { files: { 'etc/hostname': file }, texts };
    return (await overlaidRamdisk(root, overlay, info.outputPath('cache'))).sha256;
  };
  const anHourAgo = Date.now() - 3_600_000;
  const first = await at(anHourAgo, 'one');

  expect(await at(anHourAgo, 'two')).toBe(first);
  expect(await at(anHourAgo + 1000, 'two')).not.toBe(first);
  expect(await at(anHourAgo, 'one', { 'etc/issue': 'text' })).not.toBe(first);
  // One that has just been written may be written again within the same tick.
  const now = Date.now();
  expect(await at(now, 'one')).not.toBe(await at(now, 'two'));
});

test('dom0’s initial root file system is small', () => {
  expect(statSync(resolveImages().root('dom0').path).size).toBeLessThan(MiB(20));
});
