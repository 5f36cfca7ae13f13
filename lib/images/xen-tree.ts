// SPDX-License-Identifier: Apache-2.0
import { appendFile, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { findTool, lastLines, tryTool } from '../host/tools.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import { openCatalogue } from './catalogue.ts';
import { optionsFor } from './kconfig.ts';
import { crossPrefix, versionLine } from './machine.ts';
import type { KconfigOption } from './manifest.ts';

/** How a tree of Xen is configured: as a flavour of the manifest is. */
export interface XenTreeRecipe {
  readonly defconfig: string;
  readonly options: readonly KconfigOption[];
}

/** What a build came to: an image, or a tree that does not build. */
export type XenTreeBuild =
  | { readonly kind: 'built'; readonly image: string }
  | { readonly kind: 'unbuildable'; readonly why: string };

/** @throws MisuseError for a flavour that is not built from source. */
export function xenTreeRecipe(flavour: string): XenTreeRecipe {
  const hypervisor = openCatalogue().manifest.hypervisors[flavour];
  if (hypervisor?.from === 'source')
    return { defconfig: hypervisor.defconfig, options: hypervisor.options };
  throw new MisuseError({
    who: flavour,
    what: 'is not a flavour of hypervisor that is built from source',
    remedy: '`npx crosspage images list` shows them',
  });
}

/** All besides the tree that decides what a build makes. */
export function xenTreeTools({ defconfig, options }: XenTreeRecipe): string {
  const wanted = options.map(({ name, value }) => `${name}=${value}`);
  return [versionLine(`${crossPrefix}gcc`) ?? '', defconfig, ...wanted].join('\n');
}

/** XEN_VERSION and XEN_SUBVERSION of xen/Makefile. */
async function versionOf(source: string): Promise<string> {
  const text = await readFile(join(source, 'xen/Makefile'), 'utf8').catch(() => '');
  const [major, minor] = ['VERSION', 'SUBVERSION'].map(
    (name) => new RegExp(`XEN_${name}\\s*:?=\\s*(\\d+)`).exec(text)?.[1],
  );
  if (major !== undefined && minor !== undefined) return `${major}.${minor}`;
  throw new MisuseError({ who: source, what: 'is no tree of Xen: xen/Makefile names no version' });
}

/** What a build would else take from the clock and the user: XEN_* of Xen's own Makefile. */
const steady = {
  LC_ALL: 'C',
  TZ: 'UTC',
  XEN_BUILD_DATE: '2026-01-01T00:00:00Z',
  XEN_BUILD_TIME: '00:00:00',
  XEN_BUILD_HOST: 'crosspage',
  XEN_WHOAMI: 'crosspage',
  XEN_DOMAIN: 'localhost',
  // Debian's patch 0003 asks for them.
  DEB_VERSION: 'bisect',
  DEB_MAINTAINER: 'Crosspage <crosspage@localhost>',
  KCONFIG_NOTIMESTAMP: '1',
};

/**
 * Builds a tree of Xen where it lies, and keeps the image and its .config in `directory`; what was
 * kept there before is returned at once. That a tree does not build is an answer, and kept too.
 * @throws EnvironmentError for a machine without a compiler, or a full disk.
 */
export async function buildXenTree(
  source: string,
  directory: string,
  recipe: XenTreeRecipe,
): Promise<XenTreeBuild> {
  const [image, refusal] = [join(directory, 'xen'), join(directory, 'does-not-build')];
  if (await readable(image)) return { kind: 'built', image };
  const known = await readFile(refusal, 'utf8').catch(() => undefined);
  if (known !== undefined) return { kind: 'unbuildable', why: known };
  if (findTool(`${crossPrefix}gcc`) === undefined)
    throw new EnvironmentError({
      who: `${crossPrefix}gcc`,
      what: 'is not on PATH, and Xen is built with it',
      remedy: 'install gcc-aarch64-linux-gnu; `npx crosspage doctor` says what else is missing',
    });
  await mkdir(directory, { recursive: true });
  const log = join(directory, 'build.log');
  const why = await makeAll(source, log, recipe);
  if (why !== undefined) {
    await writeFile(refusal, why);
    return { kind: 'unbuildable', why };
  }
  await copyFile(join(source, 'xen/.config'), `${image}.config`);
  await copyFile(join(source, 'xen/xen'), `${image}.new`);
  await rename(`${image}.new`, image);
  await rm(log, { force: true });
  return { kind: 'built', image };
}

const readable = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    () => false,
  );

/** Why it does not build; undefined when it does. */
async function makeAll(
  source: string,
  log: string,
  { defconfig, options }: XenTreeRecipe,
): Promise<string | undefined> {
  const xen = join(source, 'xen');
  const common = ['-C', xen, 'XEN_TARGET_ARCH=arm64', `CROSS_COMPILE=${crossPrefix}`];
  const make = async (...targets: string[]): Promise<string | undefined> => {
    const { code, stdout, stderr } = await tryTool('make', [...common, ...targets], {
      env: steady,
      log,
    });
    if (code === 0) return undefined;
    if (/No space left on device|Disk quota exceeded/.test(stderr))
      throw new EnvironmentError({ who: 'make', what: 'the disk is full', where: log });
    return lastLines(stderr.trim() === '' ? stdout : stderr, 6);
  };
  const wanted = optionsFor(options, await versionOf(source));
  const lines = wanted.map(({ name, value }) => `CONFIG_${name}=${value}\n`).join('');
  const configured = await make(defconfig);
  if (configured !== undefined) return configured;
  await appendFile(join(xen, '.config'), lines);
  const reconciled = await make('olddefconfig');
  if (reconciled !== undefined) return reconciled;
  const map = `-ffile-prefix-map=${source}=/xen`;
  const build = [`-j${availableParallelism()}`, `EXTRA_CFLAGS_XEN_CORE=${map}`, 'build'];
  const built = await make(...build);
  if (built === undefined) return undefined;
  // Objects of another revision may be in the way: what does not build has to fail from nothing too.
  await make('clean');
  return make(...build);
}
