// SPDX-License-Identifier: Apache-2.0
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { unpackTar } from '../host/archive.ts';
import { runTool } from '../host/tools.ts';
import { applyPatch, debianPatches, tarball } from './build-xen.ts';
import { optionsFor, parseConfig, requireOptions } from './kconfig.ts';
import type { LockedVersion } from './lock-file.ts';
import { crossPrefix } from './machine.ts';
import type { KconfigOption } from './manifest.ts';
import type { Made, Workshop } from './store.ts';
import { upstreamVersionOf } from './version.ts';

/** What to build. */
export interface UBootOrder {
  readonly locked: LockedVersion;
  readonly defconfig: string;
  readonly options: readonly KconfigOption[];
}

/** One moment for every build: what is built twice shall be the same bytes. */
const epoch = Date.parse('2026-01-01T00:00:00Z') / 1000;

/** What the build would else take from the machine, its user and the clock. */
const environment = {
  LC_ALL: 'C',
  TZ: 'UTC',
  SOURCE_DATE_EPOCH: String(epoch),
  KBUILD_BUILD_USER: 'crosspage',
  KBUILD_BUILD_HOST: 'crosspage',
  KCONFIG_NOTIMESTAMP: '1',
};

/**
 * Builds U-Boot from Debian's source.
 * @throws EnvironmentError when a tool fails, or Kconfig drops an option that was asked for.
 */
export async function buildUBoot(workshop: Workshop, order: UBootOrder): Promise<Made> {
  const { directory, download, progress } = workshop;
  const { locked, defconfig } = order;
  const version = upstreamVersionOf(locked.version);
  progress.begin(`build U-Boot ${locked.version}`);
  const source = join(directory, 'source');
  const debian = join(directory, 'debian');
  const log = join(directory, 'build.log');
  const files = { flavour: 'u-boot', locked, version, patches: [] };
  await unpackTar(download(tarball(files, /\.orig\.tar\.\w+$/)), source, 1);
  await unpackTar(download(tarball(files, /\.debian\.tar\.\w+$/)), debian, 1);
  for (const patch of await debianPatches(debian)) await applyPatch(source, patch, log);
  const make = async (...targets: readonly string[]): Promise<void> => {
    let compiled = 0;
    await runTool('make', ['-C', source, `CROSS_COMPILE=${crossPrefix}`, ...targets], {
      env: environment,
      log,
      onOutput: (text) => {
        compiled += text.split(/^ {2}(?:CC|AS) /m).length - 1;
        progress.detail(`${compiled} files compiled`);
      },
    });
  };
  await make(defconfig);
  const wanted = optionsFor(order.options, version);
  const settings = join(source, '.config');
  const lines = wanted.map(({ name, value }) => `CONFIG_${name}=${value}\n`).join('');
  await writeFile(settings, (await readFile(settings, 'utf8')) + lines);
  await make('olddefconfig');
  const config = parseConfig(await readFile(settings, 'utf8'));
  requireOptions('u-boot', config, wanted, settings);
  await make(`-j${availableParallelism()}`, 'u-boot.elf');
  await copyFile(join(source, 'u-boot.elf'), join(directory, 'u-boot.elf'));
  await copyFile(settings, join(directory, '.config'));
  for (const path of [source, debian]) await rm(path, { recursive: true });
  progress.end();
  const extra = { config: '.config' };
  return { version, sourceVersion: locked.version, main: 'u-boot.elf', extra };
}
