// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { unpackPackage, unpackPackageFiles } from '../host/archive.ts';
import { runTool } from '../host/tools.ts';
import { EnvironmentError } from '../support/errors.ts';
import { capabilitiesOf, parseConfig } from './kconfig.ts';
import type { LockedImage } from './lock-file.ts';
import type { Made, Workshop } from './store.ts';
import { upstreamVersionOf } from './version.ts';

/** Takes the hypervisor and its configuration out of a Debian package. */
export async function unpackXen(
  { directory, download, progress }: Workshop,
  locked: LockedImage,
  paths: { readonly image: string; readonly config: string },
): Promise<Made> {
  progress.begin(`unpack Debian's Xen ${locked.version}`);
  const root = join(directory, 'root');
  for (const file of locked.files) await unpackPackage(download(file), root);
  await copyFile(join(root, paths.image), join(directory, 'xen'));
  await copyFile(join(root, paths.config), join(directory, '.config'));
  await rm(root, { recursive: true });
  progress.end();
  const version = upstreamVersionOf(locked.version);
  const config = parseConfig(await readFile(join(directory, '.config'), 'utf8'));
  return {
    version,
    sourceVersion: locked.version,
    main: 'xen',
    extra: { config: '.config' },
    capabilities: capabilitiesOf(config, version, await readFile(join(directory, 'xen'))),
  };
}

/** Directories under `root` that hold shared libraries, as paths below it. */
async function libraryDirectories(root: string): Promise<string[]> {
  const candidates = ['lib', 'usr/lib'].flatMap((path) =>
    ['', 'x86_64-linux-gnu', 'aarch64-linux-gnu'].map((triplet) => join(path, triplet)),
  );
  const found: string[] = [];
  for (const path of candidates) {
    const entries = await readdir(join(root, path)).catch(() => []);
    if (entries.some((entry) => /\.so(\.|$)/.test(entry))) found.push(path);
  }
  return found;
}

/** A program of the host, and where its data files are, both as paths in its package. */
export interface ProgramOrder {
  /** As it is called in `images update`. */
  readonly name: string;
  readonly program: string;
  /** The option with which it says its version. Default: --version. */
  readonly version?: string;
  readonly data?: string;
}

/** Unpacks a program and the libraries that it needs beyond those of every Debian. */
export async function unpackProgram(
  { directory, download, progress }: Workshop,
  locked: LockedImage,
  order: ProgramOrder,
): Promise<Made> {
  progress.begin(`unpack ${order.name} ${locked.version}`);
  const root = join(directory, 'root');
  for (const [index, file] of locked.files.entries()) {
    progress.detail(`${index + 1}/${locked.files.length} ${file.package}`);
    await unpackPackage(download(file), root);
  }
  const libraries = await libraryDirectories(root);
  const program = join(root, order.program);
  const env = { LD_LIBRARY_PATH: libraries.map((path) => join(root, path)).join(':') };
  const banner = await runTool(program, [order.version ?? '--version'], {
    env,
    remedy: `a library is missing or does not fit this machine: run \`npx crosspage images update ${order.name}\``,
  });
  progress.end();
  const version = /version (\d+(?:\.\d+)+)/.exec(banner)?.[1] ?? upstreamVersionOf(locked.version);
  return {
    version,
    sourceVersion: locked.version,
    main: relative(directory, program),
    extra: {
      ...(order.data !== undefined && { data: join('root', order.data) }),
      libraries: libraries.map((path) => join('root', path)).join(':'),
    },
  };
}

/** Takes the device trees out of a kernel's package; the kernel itself is not kept. */
export async function unpackDeviceTrees(
  { directory, download, progress }: Workshop,
  locked: LockedImage,
  pattern: string,
): Promise<Made> {
  progress.begin(`unpack the device trees of Linux ${locked.version}`);
  const root = join(directory, 'root');
  const trees = join(directory, 'dtbs');
  for (const file of locked.files) await unpackPackageFiles(download(file), root, [pattern]);
  const parent = join(root, 'usr/lib');
  const [kernel] = existsSync(parent) ? await readdir(parent) : [];
  if (kernel === undefined) {
    throw new EnvironmentError({
      who: 'linux-dtbs',
      what: `the package holds no file that matches ${pattern}`,
      where: 'images/manifest.json',
    });
  }
  await rename(join(parent, kernel), trees);
  await rm(root, { recursive: true });
  const names = (await readdir(trees, { recursive: true })).filter((name) => name.endsWith('.dtb'));
  await mkdir(trees, { recursive: true });
  await writeFile(join(directory, 'list'), `${names.sort().join('\n')}\n`);
  progress.end(`${names.length} device trees`);
  return {
    version: upstreamVersionOf(locked.version),
    sourceVersion: locked.version,
    main: 'list',
    extra: { directory: 'dtbs' },
  };
}
