// SPDX-License-Identifier: Apache-2.0
import {
  appendFile,
  copyFile,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { notKept } from '../host/disk.ts';
import { findTool, lastLines, tryTool } from '../host/tools.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import { openCatalogue } from './catalogue.ts';
import { optionsFor } from './kconfig.ts';
import { crossPrefix, versionLine } from './machine.ts';
import type { KconfigOption } from './manifest.ts';

/** How a tree of Xen is configured: as a flavour of the manifest is, or by the text of a .config. */
export type XenTreeRecipe =
  | { readonly defconfig: string; readonly options: readonly KconfigOption[] }
  | { readonly config: string };

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
export function xenTreeTools(recipe: XenTreeRecipe): string {
  const wanted =
    'config' in recipe
      ? [recipe.config]
      : [recipe.defconfig, ...recipe.options.map(({ name, value }) => `${name}=${value}`)];
  return [versionLine(`${crossPrefix}gcc`) ?? '', ...wanted].join('\n');
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
  await keep(directory, undefined, async () => {
    await mkdir(directory, { recursive: true });
  });
  const log = join(directory, 'build.log');
  const why = await makeAll(source, log, recipe);
  if (why !== undefined) {
    await keep(refusal, undefined, () => writeFile(refusal, why));
    return { kind: 'unbuildable', why };
  }
  await keep(image, (await stat(join(source, 'xen/xen'))).size, async () => {
    await copyFile(join(source, 'xen/.config'), `${image}.config`);
    await copyFile(join(source, 'xen/xen'), `${image}.new`);
    await rename(`${image}.new`, image);
  });
  await rm(log, { force: true });
  return { kind: 'built', image };
}

/** Keeps what a build made. @throws EnvironmentError with how much, and how much room there is. */
async function keep(
  file: string,
  bytes: number | undefined,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw notKept({
      who: 'bisect',
      what: 'the Xen that was built',
      file,
      bytes,
      error,
      remedy: `make room in ${dirname(file)} (\`npx crosspage bisect prune\` deletes what is old), then give the same command again: what is known is kept`,
    });
  }
}

const readable = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    () => false,
  );

/** What make, the shell and gcc say of a process that did not end by itself. */
const killed =
  /\b(?:Killed|Terminated)$|Error 1(?:37|43)$|Killed signal|Cannot allocate memory|memory exhausted/m;

/** Runs make in a tree; why it fails, or undefined when it does not. */
type Make = (...targets: string[]) => Promise<string | undefined>;

function makeIn(source: string, log: string): Make {
  const xen = join(source, 'xen');
  const common = ['-C', xen, 'XEN_TARGET_ARCH=arm64', `CROSS_COMPILE=${crossPrefix}`];
  return async (...targets) => {
    const { code, stdout, stderr } = await tryTool('make', [...common, ...targets], {
      env: steady,
      log,
    });
    if (code === 0) return undefined;
    if (/No space left on device|Disk quota exceeded/.test(stderr))
      throw new EnvironmentError({
        who: 'make',
        what: 'the disk is full: Xen could not be built',
        where: log,
        remedy: `make room in ${source}: \`npx crosspage bisect prune\` deletes old builds; what is known is kept`,
      });
    if (killed.test(stderr))
      throw new EnvironmentError({
        who: 'make',
        what: 'was ended, or the compiler was, before it was known whether Xen builds',
        lastSeen: lastLines(stderr, 6),
        where: log,
        remedy:
          'give the same command again; the kernel ends a compiler where memory runs out (dmesg)',
      });
    return lastLines(stderr.trim() === '' ? stdout : stderr, 6);
  };
}

/** Why it cannot be configured; undefined when it is. */
async function configure(
  source: string,
  make: Make,
  recipe: XenTreeRecipe,
): Promise<string | undefined> {
  const file = join(source, 'xen/.config');
  if ('config' in recipe) await writeFile(file, recipe.config);
  else {
    const wanted = optionsFor(recipe.options, await versionOf(source));
    const lines = wanted.map(({ name, value }) => `CONFIG_${name}=${value}\n`).join('');
    const configured = await make(recipe.defconfig);
    if (configured !== undefined) return configured;
    await appendFile(file, lines);
  }
  return make('olddefconfig');
}

/**
 * The .config that Kconfig makes of a text in a tree: options that it does not know, or whose
 * dependencies are not met, are not in it.
 * @throws EnvironmentError when Kconfig fails.
 */
export async function configureXenTree(source: string, config: string): Promise<string> {
  const log = join(source, 'kconfig.log');
  const why = await configure(source, makeIn(source, log), { config });
  if (why !== undefined)
    throw new EnvironmentError({
      who: 'make olddefconfig',
      what: "Xen's Kconfig failed",
      lastSeen: why,
      where: log,
    });
  await rm(log, { force: true });
  return readFile(join(source, 'xen/.config'), 'utf8');
}

/** Why it does not build; undefined when it does. */
async function makeAll(
  source: string,
  log: string,
  recipe: XenTreeRecipe,
): Promise<string | undefined> {
  const make = makeIn(source, log);
  const configured = await configure(source, make, recipe);
  if (configured !== undefined) return configured;
  const map = `-ffile-prefix-map=${source}=/xen`;
  const build = [`-j${availableParallelism()}`, `EXTRA_CFLAGS_XEN_CORE=${map}`, 'build'];
  const built = await make(...build);
  if (built === undefined) return undefined;
  // Objects of another revision may be in the way: what does not build has to fail from nothing too.
  await make('clean');
  return make(...build);
}
