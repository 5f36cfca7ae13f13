// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { installCommand, missingPackages, requireTools } from '../../../lib/images/build-tools.ts';
import { addressesOf, findMirrors } from '../../../lib/images/mirror.ts';
import { parseStanzas } from '../../../lib/images/private-apt.ts';
import { Progress } from '../../../lib/host/progress.ts';
import { failureOf } from './failure-of.ts';

test('paragraphs of an index are read, with their continuation lines', () => {
  const [first, second, ...rest] = parseStanzas(
    'Package: xen\nChecksums-Sha256:\n aa 1 a.tar.xz\n bb 2 b.tar.xz\nVersion: 1:2\n\n\nPackage: b\n',
  );

  expect(first?.get('Checksums-Sha256')).toBe('aa 1 a.tar.xz\nbb 2 b.tar.xz');
  expect(first?.get('Version')).toBe('1:2');
  expect(second?.get('Package')).toBe('b');
  expect(rest).toEqual([]);
});

test('the mirror is tried first, then the archive', async () => {
  const mirrors = await findMirrors({
    CROSSPAGE_DEBIAN_MIRROR: 'http://mirror.example/debian/',
    CROSSPAGE_DEBIAN_SNAPSHOT: 'http://archive.example/debian/',
  });

  expect(addressesOf('pool/main/x/xen/xen_4.17.5+72.orig.tar.xz', mirrors)).toEqual([
    'http://mirror.example/debian/pool/main/x/xen/xen_4.17.5%2B72.orig.tar.xz',
    'http://archive.example/debian/pool/main/x/xen/xen_4.17.5%2B72.orig.tar.xz',
  ]);
});

test.describe('on a PATH without tools', () => {
  const path = process.env['PATH'];
  test.beforeEach(({}, info) => {
    process.env['PATH'] = info.outputPath();
  });
  test.afterEach(() => {
    process.env['PATH'] = path;
  });

  test('an image that wants one names the command for the administrator', async () => {
    const silent = new Progress({ write: () => true });
    const error = await failureOf(() => requireTools(['make', 'xz', 'bison'], silent));

    expect(error.message).toBe(
      'this machine: lacks make, bison, xz\n' +
        '  to do: as root, run: apt-get install --no-install-recommends make bison xz-utils',
    );
    expect(error.fault).toBe('environment');
  });

  test('each package is named once', () => {
    const packages = missingPackages(['aarch64-linux-gnu-ld', 'aarch64-linux-gnu-objcopy']);
    expect(packages).toHaveLength(1);
    expect(installCommand(packages)).toMatch(/^apt-get install \S+ \S+$/);
  });

  test('a machine without apt is told to name a mirror', async () => {
    const error = await failureOf(() => findMirrors({}));

    expect(error.story.remedy).toMatch(/^set CROSSPAGE_DEBIAN_MIRROR /);
  });
});
