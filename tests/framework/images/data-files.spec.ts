// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { lockedImageOf, readLock, writeLock } from '../../../lib/images/lock-file.ts';
import { readManifest } from '../../../lib/images/manifest.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { failureOf } from './failure-of.ts';

const places = placesOf({});

interface Json {
  [key: string]: Json & Json[] & string;
}

/** A copy of a data file, changed by `edit`. */
function edited(file: string, to: string, edit: (data: Json) => void): string {
  const data = JSON.parse(readFileSync(file, 'utf8')) as Json;
  edit(data);
  writeFileSync(to, JSON.stringify(data));
  return to;
}

test('the project’s manifest and lock fit together', () => {
  const manifest = readManifest(places.manifest);
  const lock = readLock(places.lock);
  const ofHosts = (
    name: string,
    { hosts, architectures }: Pick<typeof manifest.qemu, 'hosts' | 'architectures'>,
  ): string[] =>
    hosts.flatMap(({ codename }) =>
      architectures.map((architecture) => `${name}-${codename}-${architecture}`),
    );
  const hypervisors = Object.keys(manifest.hypervisors).map((flavour) => `xen-${flavour}`);

  const toolstacks = Object.keys(manifest.toolstacks).map((name) => `toolstack-${name}`);
  const roots = Object.keys(manifest.roots);

  expect(Object.keys(lock.images).sort()).toEqual(
    [
      ...ofHosts('qemu', manifest.qemu),
      ...ofHosts('tftpd', manifest.hostPrograms.tftpd),
      ...ofHosts('ser2net', manifest.hostPrograms.ser2net),
      'u-boot',
      ...hypervisors,
      ...toolstacks,
      ...roots,
      'linux',
      'linux-headers',
      'linux-dtbs',
    ].sort(),
  );
  expect(manifest.hypervisors[manifest.defaultFlavour]).toBeDefined();
});

test('no data file names a host', () => {
  for (const file of [places.manifest, places.lock]) {
    expect(readFileSync(file, 'utf8')).not.toMatch(/https?:|\.(org|net|com)\b/);
  }
});

test('an unknown key in the manifest is an error that names it', async ({}, info) => {
  const file = edited(places.manifest, info.outputPath('manifest.json'), (data) => {
    Object.assign(data['hypervisors']?.['debian'] ?? {}, { pakage: 'xen' });
  });
  const error = await failureOf(() => readManifest(file));

  expect(error.message).toBe(
    `${file}: 1 fault in its content\n` +
      '  last seen: hypervisors.debian: Unrecognized key: "pakage"\n' +
      `  look at: ${file}\n` +
      '  to do: correct the file',
  );
  expect(error.fault).toBe('misuse');
});

test('each wrong value in the manifest is named by its path', async ({}, info) => {
  const file = edited(places.manifest, info.outputPath('manifest.json'), (data) => {
    Object.assign(data['qemu'] ?? {}, { least: 'ten' });
    Object.assign(data['hypervisors']?.['static-shm'] ?? {}, { suites: [] });
  });
  const error = await failureOf(() => readManifest(file));

  expect(error.story.what).toBe('2 faults in its content');
  expect(error.story.lastSeen).toBe(
    'hypervisors.static-shm.suites: Too small: expected array to have >=1 items\n' +
      'qemu.least: Invalid string: must match pattern /^\\d+\\.\\d+$/',
  );
});

test('a lock with a host in a path is refused', async ({}, info) => {
  const file = edited(places.lock, info.outputPath('lock.json'), (data) => {
    const image = data['images']?.['xen-debian'];
    Object.assign(image?.['files']?.[0] ?? {}, { pool: 'http://mirror.example/pool/x.deb' });
  });
  const error = await failureOf(() => readLock(file));

  expect(error.message).toBe(
    `${file}: 1 fault in its content\n` +
      '  last seen: images.xen-debian.files.0.pool: expected a path below pool/\n' +
      `  look at: ${file}\n` +
      '  to do: restore the file, or write it anew with: npx crosspage images update',
  );
});

test('a lock that was cut off is refused', async ({}, info) => {
  const file = info.outputPath('lock.json');
  writeFileSync(file, readFileSync(places.lock, 'utf8').slice(0, 1000));
  const error = await failureOf(() => readLock(file));

  expect(error.story.what).toMatch(/^is not JSON: /);
  expect(error.story.remedy).toContain('npx crosspage images update');
});

test('a lock that is not there says how to make it', async ({}, info) => {
  const file = info.outputPath('lock.json');
  const error = await failureOf(() => readLock(file));

  expect(error.message).toBe(
    `${file}: cannot be read: ENOENT: no such file or directory, open '${file}'\n` +
      '  to do: restore the file, or write it anew with: npx crosspage images update',
  );
  expect(error.fault).toBe('environment');
});

test('an image without an entry in the lock is named', async () => {
  const error = await failureOf(() => lockedImageOf({ formatVersion: 1, images: {} }, 'xen-x'));

  expect(error.message).toBe(
    'xen-x: images/lock.json does not say which files it is made of\n' +
      '  to do: run: npx crosspage images update xen-x',
  );
});

test('a lock is read as it was written', async ({}, info) => {
  const lock = readLock(places.lock);
  await writeLock(info.outputPath('lock.json'), lock);

  expect(readFileSync(info.outputPath('lock.json'), 'utf8')).toBe(
    readFileSync(places.lock, 'utf8'),
  );
});
