// SPDX-License-Identifier: Apache-2.0
// What a version of a package is to blame for, and what it is not.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { makeReady } from '../../../lib/cli/bisect-debian.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';
import { runCli } from '../cli/run-cli.ts';
import { directoryWith } from './small-ends.ts';

type Package = Parameters<typeof makeReady>[1];

/** A package of which the file is had in such a way. */
const packageOf = (name: string, fetch: Package['fetch']): Package => ({
  ...{ name, version: '1.0', architecture: 'arm64', sha256: name, from: 'here', fetch },
});

const ready = (one: Package, outputDir: string): ReturnType<typeof makeReady> =>
  makeReady(
    {
      buildOf: (key) => join(outputDir, key),
      trialOn: () => {
        throw new Error('not to be run');
      },
    },
    one,
    [],
  );

/** A .deb with one program in it. */
function debOf(outputDir: string, name: string, program: string): string {
  const root = directoryWith(join(outputDir, 'root'), {
    'DEBIAN/control': `Package: ${name}\nVersion: 1.0\nArchitecture: all\nMaintainer: a\nDescription: a\n`,
    'usr/bin/qemu-system-aarch64': program,
  });
  chmodSync(join(root, 'usr/bin/qemu-system-aarch64'), 0o755);
  const file = join(outputDir, 'one.deb');
  const { status, stderr } = spawnSync('dpkg-deb', ['--build', root, file], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return file;
}

test('a package that cannot be fetched is no version that cannot be tried: the environment is in the way', async ({}, {
  outputDir,
}) => {
  const away = packageOf('xen-hypervisor-4.20-arm64', () =>
    Promise.reject(new EnvironmentError({ who: 'mirror', what: 'cannot be reached' })),
  );

  await expect(ready(away, outputDir)).rejects.toThrow('mirror: cannot be reached');
});

test('a package that is not whole, and a QEMU that does not start, cannot be tried', async ({}, {
  outputDir,
}) => {
  const file = debOf(outputDir, 'qemu-system-arm', '#!/bin/sh\necho no library >&2\nexit 127\n');
  const own = packageOf('qemu-system-arm', () => Promise.resolve(file));

  const silent = await ready(own, join(outputDir, 'silent'));
  writeFileSync(file, readFileSync(file).subarray(0, -100));
  const cut = await ready(own, join(outputDir, 'cut'));

  expect(silent).toMatchObject({
    kind: 'unbuildable',
    why: expect.stringMatching(/is a QEMU that does not start: exit code 127\n.*no library/),
  });
  expect(cut).toMatchObject({
    kind: 'unbuildable',
    why: expect.stringMatching(/^qemu-system-arm 1\.0: is not whole/),
  });
});

test('each verb speaks of itself', async ({}, { outputDir }) => {
  test.setTimeout(120_000);
  const config = directoryWith(join(outputDir, 'a'), { '.config': 'CONFIG_A=y\n' });
  const file = join(config, '.config');
  const common = ['--config', config, '--directory', join(outputDir, 'state')];

  const { code, stderr } = await runCli([
    ...['bisect', 'kconfig', '--good', file, '--bad', file, ...common],
  ]);

  expect(stderr).toMatch(/^bisect kconfig: tries sharing/);
  expect(code).toBe(2);
});
