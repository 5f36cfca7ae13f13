// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { resolveImages } from '../../../lib/images/index.ts';
import { ownHypervisor } from '../../../lib/images/own-xen.ts';
import { failureOf } from './failure-of.ts';

const config = '#\n# Xen/arm 4.20.5-pre Configuration\n#\nCONFIG_STATIC_SHM=y\nCONFIG_DEBUG=y\n';

function image(...contents: (string | Uint8Array)[]): Buffer {
  const header = Buffer.alloc(0x40);
  header.write('ARM\x64', 0x38, 'latin1');
  return Buffer.concat([header, ...contents.map((content) => Buffer.from(content))]);
}

test('a .config beside it tells version and capabilities', ({}, info) => {
  const path = info.outputPath('xen');
  writeFileSync(path, image('xen,xen-4.20'));
  writeFileSync(info.outputPath('.config'), config);
  const xen = ownHypervisor(path);

  expect(xen).toMatchObject({
    flavour: 'own',
    path,
    version: '4.20.5',
    versionNumber: { major: 4, minor: 20 },
    capabilities: ['static-shared-memory', 'heap-shared-memory', 'debug'],
    configPath: info.outputPath('.config'),
  });
});

test('a .config in it tells the same', ({}, info) => {
  const path = info.outputPath('xen');
  // A gzip magic number that begins nothing comes first.
  writeFileSync(path, image(Buffer.of(0x1f, 0x8b, 0x08, 0, 0), gzipSync(config), 'more'));

  expect(ownHypervisor(path)).toMatchObject({ version: '4.20.5', capabilities: expect.any(Array) });
});

test('one that knows xen,reg-cacheable is known by the word', ({}, info) => {
  const path = info.outputPath('xen');
  writeFileSync(path, image('xen,path\0xen,reg-cacheable\0', gzipSync(config)));

  expect(ownHypervisor(path).capabilities).toContain('reg-cacheable');
});

for (const flavour of ['static-shm', 'static-shm-4.17', 'debian'] as const)
  test(`without a .config the image of ${flavour} tells what it can do by itself`, ({}, info) => {
    const built = resolveImages().hypervisor(flavour);
    const bytes = readFileSync(built.path);
    // The .config that is embedded, compressed, is made unreadable.
    const magic = Buffer.of(0x1f, 0x8b, 0x08);
    for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at))
      bytes.fill(0, at, at + 3);
    const path = info.outputPath('xen');
    writeFileSync(path, bytes);
    // Neither leaves a word of its own in the image.
    const silent = ['debug', 'silo-default'];
    const known = built.capabilities === 'unknown' ? [] : built.capabilities;

    const { capabilities } = ownHypervisor(path);
    expect(capabilities).toEqual(known.filter((name) => !silent.includes(name)));
  });

test('a file that is no arm64 Image is refused', async ({}, info) => {
  const path = info.outputPath('xen-syms');
  writeFileSync(path, '\x7fELF'.padEnd(100));
  const error = await failureOf(() => ownHypervisor(path));

  expect(error.message).toBe(
    'CROSSPAGE_XEN: is not a raw arm64 Image: its header has no magic number\n' +
      `  look at: ${path}\n` +
      '  to do: name the file `xen`, not `xen-syms`, `xen.efi` or a compressed one',
  );
  expect(error.fault).toBe('misuse');
});

test('a file that is not there is named', async ({}, info) => {
  const path = info.outputPath('nothing');
  const error = await failureOf(() => ownHypervisor(path));

  expect(error.message).toBe(
    `CROSSPAGE_XEN: cannot be read: ENOENT: no such file or directory, open '${path}'\n` +
      `  look at: ${path}\n` +
      '  to do: name the file `xen` that the build of Xen for arm64 makes',
  );
});
