// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackPackage, unpackPackageFiles } from '../host/archive.ts';
import { runTool } from '../host/tools.ts';
import { formatBytes } from '../support/units.ts';
import { compiledEntries } from './build-compiled.ts';
import { type CpioEntry, writeCpio } from './cpio.ts';
import type { LockedImage } from './lock-file.ts';
import type { CompiledData, RootData } from './manifest.ts';
import { moduleEntries, moduleOrder, programEntries, treeEntries } from './root-files.ts';
import type { Made, Workshop } from './store.ts';
import { upstreamVersionOf } from './version.ts';

/** What a root file system is made of. */
export interface RootOrder {
  readonly data: RootData;
  readonly locked: LockedImage;
  readonly kernel: LockedImage;
  /** What `data.compiled` is compiled against. */
  readonly headers: LockedImage;
  /** Absolute paths of the directories of `data.compiled`. */
  readonly compiled: readonly CompiledData[];
  /** Directory of our own files, laid over all others. */
  readonly sources: string;
}

/** Debian's layout: programs and libraries are under usr; and the console that init begins with. */
const skeleton: readonly CpioEntry[] = [
  ...['bin', 'sbin', 'lib'].map((path): CpioEntry => ({
    path,
    kind: 'link',
    content: `usr/${path}`,
  })),
  ...['dev', 'proc', 'sys', 'run', 'usr/bin', 'usr/sbin', 'root'].map((path): CpioEntry => ({
    path,
    kind: 'directory',
  })),
  { path: 'tmp', kind: 'directory', mode: 0o1777 },
  { path: 'var/run', kind: 'link', content: '/run' },
  { path: 'var/lock', kind: 'link', content: '/run/lock' },
  // Linux, Documentation/admin-guide/devices.txt: 5 char, 1 = /dev/console.
  { path: 'dev/console', kind: 'character-device', device: [5, 1] },
];

/** Takes the wanted modules out of the kernel's package, decompressed, into `directory`. */
async function unpackModules(
  file: string,
  directory: string,
  modules: readonly string[],
): Promise<void> {
  await mkdir(directory, { recursive: true });
  // Without a pattern, all of them would come.
  if (modules.length === 0) return;
  await unpackPackageFiles(
    file,
    directory,
    modules.map((name) => `*/${name}.ko*`),
  );
  const packed = (await readdir(directory, { recursive: true })).filter((name) =>
    name.endsWith('.xz'),
  );
  const paths = packed.map((name) => join(directory, name));
  if (paths.length > 0) await runTool('xz', ['--decompress', ...paths]);
}

/** Later entries take the place of earlier ones of the same path. */
function overlaid(entries: readonly CpioEntry[]): CpioEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}

/**
 * Makes an initial root file system out of Debian packages, without running anything of theirs:
 * only the programs that the manifest names, the libraries that these need, and our own files.
 */
export async function buildRoot(workshop: Workshop, order: RootOrder): Promise<Made> {
  const { directory, download, progress } = workshop;
  const { data, locked, kernel, sources } = order;
  progress.begin(`make the root file system of ${locked.version}`);
  const root = join(directory, 'root');
  const modules = join(directory, 'modules');
  for (const file of locked.files) await unpackPackage(download(file), root);
  for (const file of kernel.files) await unpackModules(download(file), modules, data.modules);
  const compiled = await compiledEntries(workshop, order.headers, order.compiled);
  const entries = [
    ...skeleton,
    ...programEntries(root, data.programs),
    ...Object.entries(data.links).map(([path, content]): CpioEntry => ({
      path,
      kind: 'link',
      content,
    })),
    ...moduleEntries(modules, data.modules),
    ...compiled,
    moduleOrder([...data.modules, ...data.compiled.flatMap((one) => one.modules)]),
    ...treeEntries(sources),
  ];
  const archive = writeCpio(overlaid(entries));
  await writeFile(join(directory, 'root.cpio'), archive);
  for (const path of [root, modules]) await rm(path, { recursive: true });
  progress.end(formatBytes(archive.length));
  return {
    version: upstreamVersionOf(locked.version),
    sourceVersion: locked.version,
    main: 'root.cpio',
    extra: {},
  };
}

/** Takes the kernel out of its package. */
export async function unpackKernel(
  { directory, download, progress }: Workshop,
  locked: LockedImage,
): Promise<Made> {
  progress.begin(`unpack Linux ${locked.version}`);
  const root = join(directory, 'root');
  for (const file of locked.files)
    await unpackPackageFiles(download(file), root, ['./boot/vmlinuz-*']);
  const [kernel = ''] = await readdir(join(root, 'boot'));
  await rename(join(root, 'boot', kernel), join(directory, 'Image'));
  await rm(root, { recursive: true });
  progress.end();
  return {
    version: upstreamVersionOf(locked.version),
    sourceVersion: locked.version,
    main: 'Image',
    extra: { release: kernel.replace('vmlinuz-', '') },
  };
}
