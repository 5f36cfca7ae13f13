// SPDX-License-Identifier: Apache-2.0
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { unpackTar } from '../host/archive.ts';
import { runTool } from '../host/tools.ts';
import { EnvironmentError } from '../support/errors.ts';
import { capabilitiesOf, optionsFor, parseConfig, requireOptions } from './kconfig.ts';
import type { LockedFile, LockedVersion } from './lock-file.ts';
import { crossPrefix } from './machine.ts';
import type { KconfigOption } from './manifest.ts';
import type { Made, Workshop } from './store.ts';

/** What is common to all that is built from Xen's source. */
export interface SourceOrder {
  readonly flavour: string;
  readonly locked: LockedVersion;
  readonly version: string;
  /** Paths of patches, applied in this order, to a hypervisor after Debian's own. */
  readonly patches: readonly string[];
}

/** What to build. */
export interface XenOrder extends SourceOrder {
  readonly defconfig: string;
  readonly options: readonly KconfigOption[];
}

/** One moment for every build: what is built twice shall be the same bytes. */
const epoch = '2026-01-01T00:00:00Z';

/**
 * What the build would else take from the machine, its user and the clock. Xen's Makefile takes
 * XEN_*; DEB_* are wanted by Debian's patch 0003 for the banner.
 */
export function buildEnv(order: SourceOrder, tools: string): Record<string, string> {
  return {
    PATH: `${tools}:${process.env['PATH'] ?? ''}`,
    LC_ALL: 'C',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(Date.parse(epoch) / 1000),
    XEN_BUILD_DATE: epoch,
    XEN_BUILD_TIME: '00:00:00',
    XEN_BUILD_HOST: 'crosspage',
    XEN_WHOAMI: 'crosspage',
    XEN_DOMAIN: 'localhost',
    DEB_VERSION: `${order.locked.version}+${order.flavour}`,
    DEB_MAINTAINER: 'Crosspage <crosspage@localhost>',
    KCONFIG_NOTIMESTAMP: '1',
  };
}

/** The archive of a source package whose name has this ending. */
export function tarball({ locked, flavour }: SourceOrder, ending: RegExp): LockedFile {
  const file = locked.files.find(({ pool }) => ending.test(pool));
  if (file !== undefined) return file;
  throw new EnvironmentError({
    who: `hypervisor ${flavour}`,
    what: `images/lock.json names no file that ends in ${ending.source}`,
    remedy: 'run: npx crosspage images update',
  });
}

/** Applies `patch` to the tree `source`. Throws EnvironmentError when it does not fit. */
export async function applyPatch(
  source: string,
  patch: string,
  log: string,
  ...more: readonly string[]
): Promise<void> {
  const args = ['-p1', '--batch', '--forward', '--quiet', ...more, '--input', patch];
  await runTool('patch', args, {
    cwd: source,
    log,
    remedy: `the patch ${patch} does not fit this version of Xen`,
  });
}

/** Paths of Debian's own patches, in their order; `debian` is that directory of the source. */
export async function debianPatches(debian: string): Promise<string[]> {
  const series = await readFile(join(debian, 'patches/series'), 'utf8');
  const names = series.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return names.filter((line) => line !== '').map((name) => join(debian, 'patches', name));
}

/** Unpacks and patches the sources below the workshop's directory. */
export async function unpackSource(
  workshop: Workshop,
  order: XenOrder,
  log: string,
): Promise<string> {
  const source = join(workshop.directory, 'source');
  const debian = join(source, 'debian');
  await unpackTar(workshop.download(tarball(order, /\.orig\.tar\.\w+$/)), source, 1);
  await unpackTar(workshop.download(tarball(order, /\.debian\.tar\.\w+$/)), debian, 1);
  for (const patch of await debianPatches(debian)) await applyPatch(source, patch, log);
  for (const patch of order.patches) await applyPatch(source, patch, log);
  return source;
}

/** Debian's patch 0003 asks lsb_release for the distributor, which not every machine has. */
export async function writeTools(directory: string): Promise<string> {
  const tools = join(directory, 'tools');
  await mkdir(tools);
  await writeFile(join(tools, 'lsb_release'), '#!/bin/sh\necho Debian\n');
  await chmod(join(tools, 'lsb_release'), 0o755);
  return tools;
}

/** Runs make on a tree of Xen; each call is a run with these targets. */
export type Make = (...targets: string[]) => Promise<void>;

/** A {@link Make} for the tree whose directory `xen` is. */
export function makeIn(
  xen: string,
  order: XenOrder,
  tools: string,
  { directory, progress }: Workshop,
): Make {
  return async (...targets) => {
    const common = ['-C', xen, 'XEN_TARGET_ARCH=arm64', `CROSS_COMPILE=${crossPrefix}`];
    let files = 0;
    await runTool('make', [...common, ...targets], {
      env: buildEnv(order, tools),
      log: join(directory, 'build.log'),
      onOutput: (text) => {
        files += text.split(/^ {2}(?:CC|AS) /m).length - 1;
        progress.detail(`${files} files compiled`);
      },
    });
  };
}

/**
 * Unpacks, patches and configures the sources below the workshop's directory.
 * @throws EnvironmentError when a tool fails, or Kconfig drops an option that was asked for.
 */
export async function prepareSource(
  workshop: Workshop,
  order: XenOrder,
  tools: string,
): Promise<{ source: string; make: Make; config: ReadonlyMap<string, string> }> {
  const source = await unpackSource(workshop, order, join(workshop.directory, 'build.log'));
  const xen = join(source, 'xen');
  const make = makeIn(xen, order, tools, workshop);
  const wanted = optionsFor(order.options, order.version);
  await make(order.defconfig);
  const lines = wanted.map(({ name, value }) => `CONFIG_${name}=${value}\n`).join('');
  await writeFile(join(xen, '.config'), (await readFile(join(xen, '.config'), 'utf8')) + lines);
  await make('olddefconfig');
  const config = parseConfig(await readFile(join(xen, '.config'), 'utf8'));
  requireOptions(order.flavour, config, wanted, join(xen, '.config'));
  return { source, make, config };
}

/**
 * Builds a hypervisor from Debian's source.
 * @throws EnvironmentError when a tool fails, or Kconfig drops an option that was asked for.
 */
export async function buildXen(workshop: Workshop, order: XenOrder): Promise<Made> {
  const { directory, progress } = workshop;
  progress.begin(`build hypervisor ${order.flavour} (Xen ${order.locked.version})`);
  const tools = await writeTools(directory);
  const { source, make, config } = await prepareSource(workshop, order, tools);
  // The build id covers debug information, and that holds the path of the sources.
  const map = `-ffile-prefix-map=${source}=/xen`;
  await make(`-j${availableParallelism()}`, `EXTRA_CFLAGS_XEN_CORE=${map}`, 'build');
  progress.end();
  return collect(workshop, order, source, config);
}

/** Keeps of a tree that was built what is booted, and deletes the rest. */
export async function collect(
  { directory }: Workshop,
  { version, locked }: XenOrder,
  source: string,
  config: ReadonlyMap<string, string>,
): Promise<Made> {
  const xen = join(source, 'xen');
  await copyFile(join(xen, 'xen'), join(directory, 'xen'));
  await copyFile(join(xen, 'xen-syms'), join(directory, 'xen-syms'));
  await copyFile(join(xen, '.config'), join(directory, '.config'));
  await rm(join(directory, 'source'), { recursive: true });
  await rm(join(directory, 'tools'), { recursive: true });
  return {
    version,
    sourceVersion: locked.version,
    main: 'xen',
    extra: { config: '.config', symbols: 'xen-syms' },
    capabilities: capabilitiesOf(config, version, await readFile(join(directory, 'xen'))),
  };
}
