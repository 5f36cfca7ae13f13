// SPDX-License-Identifier: Apache-2.0
// A version of a source that the mirror does not have falls back on the next.
import { createHash } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { Progress } from '../../../lib/host/progress.ts';
import { openCatalogue } from '../../../lib/images/catalogue.ts';
import { prepareImages } from '../../../lib/images/index.ts';
import type { LockedFile, LockedVersion } from '../../../lib/images/lock-file.ts';
import { placesOf } from '../../../lib/images/places.ts';
import type { Catalogue } from '../../../lib/images/recipes.ts';
import { failureOf } from './failure-of.ts';
import { Loopback } from './loopback.ts';

const content = 'not really an archive';

function version(number: string): LockedVersion {
  const file = (ending: string): LockedFile => ({
    package: 'xen',
    version: number,
    suite: 'trixie',
    architecture: 'source',
    pool: `pool/xen_${number}.${ending}.tar.xz`,
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    licence: 'GPL-2.0-only',
  });
  return { suite: 'trixie', version: number, files: [file('orig'), file('debian')] };
}

function catalogue(build: string): Catalogue {
  const real = openCatalogue({ ...placesOf({}), build });
  const entry = { ...version('4.20.9'), fallbacks: [version('4.20.1')] };
  return { ...real, lock: { formatVersion: 1, images: { 'xen-static-shm': entry } } };
}

const mirror = process.env['CROSSPAGE_DEBIAN_MIRROR'];
test.afterEach(() => {
  if (mirror === undefined) delete process.env['CROSSPAGE_DEBIAN_MIRROR'];
  else process.env['CROSSPAGE_DEBIAN_MIRROR'] = mirror;
});

/** Prepares the image from a mirror that has what `has` says; what was said, and how it failed. */
async function prepare(
  build: string,
  has: (url: string) => number,
): Promise<{ said: string; error: Error; asked: string[] }> {
  await using server = await Loopback.start((request, response) => {
    const status = has(request.url ?? '');
    response.writeHead(status).end(status === 200 ? content : '');
  });
  process.env['CROSSPAGE_DEBIAN_MIRROR'] = server.url('');
  let said = '';
  const progress = new Progress({ write: (text) => (said += text) });
  const options = { catalogue: catalogue(build), progress };
  const error = await failureOf(() => prepareImages(['xen-static-shm'], options));
  const asked = server.requests.map(({ url }) => url?.split('/').at(-1) ?? '');
  return { said, error, asked: [...new Set(asked)] };
}

test('the older version is taken where the mirror lacks the newer', async ({}, info) => {
  const has = (url: string): number => (url.includes('4.20.1') ? 200 : 404);
  const { said, error, asked } = await prepare(info.outputPath(), has);

  expect(asked).toEqual([
    'xen_4.20.9.orig.tar.xz',
    'xen_4.20.1.orig.tar.xz',
    'xen_4.20.1.debian.tar.xz',
  ]);
  expect(said).toMatch(/download xen-static-shm \(.*\): not on this mirror \(HTTP status 404\)/);
  expect(said).toContain("instead: xen-static-shm built from Debian trixie's source 4.20.1\n");
  // The archive is none: the build, not the download, is what fails.
  expect(error.message).toMatch(/^tar: /);
});

test('a mirror that has neither is named by the last file that it lacks', async ({}, info) => {
  const { error } = await prepare(info.outputPath(), () => 404);

  expect(error.message).toMatch(/xen_4\.20\.1\.orig\.tar\.xz: could not be downloaded\n/);
  expect(error.message).toContain('run `npx crosspage images update`');
});

test('a server that is ill is not a mirror that has moved on', async ({}, info) => {
  test.setTimeout(30_000);
  const { said, error, asked } = await prepare(info.outputPath(), () => 503);

  expect(asked).toEqual(['xen_4.20.9.orig.tar.xz']);
  expect(said).not.toContain('instead:');
  expect(error.message).toMatch(/xen_4\.20\.9\.orig\.tar\.xz: could not be downloaded\n/);
});
