// SPDX-License-Identifier: Apache-2.0
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { unpackPackage, unpackTar } from '../host/archive.ts';
import { runTool } from '../host/tools.ts';
import {
  applyPatch,
  buildEnv,
  debianPatches,
  type SourceOrder,
  tarball,
  writeTools,
} from './build-xen.ts';
import type { LockedFile } from './lock-file.ts';
import { crossPrefix } from './machine.ts';
import type { Made, Workshop } from './store.ts';
import { toolstackCapabilities } from './toolstack-capabilities.ts';

/** What to build. */
export interface ToolstackOrder extends SourceOrder {
  /** Debian's packages for arm64 that it is built against. */
  readonly packages: readonly LockedFile[];
}

const triplet = 'aarch64-linux-gnu';

/** What of Xen's tools is built, in the order of their dependencies. */
export const parts = [
  'include',
  'libs',
  'xs-clients',
  'xenstored',
  'console',
  'helpers',
  'xl',
  'hotplug',
];

/** What is installed, but only for those who compile against it, or for another init. */
const dropped = [
  'usr/include',
  `usr/lib/${triplet}/pkgconfig`,
  'etc/bash_completion.d',
  'etc/init.d',
];

const configuration = [
  `--host=${triplet}`,
  '--prefix=/usr',
  '--sysconfdir=/etc',
  '--localstatedir=/var',
  `--libdir=/usr/lib/${triplet}`,
  // There is no QEMU in it: bare-metal and PVH domains without its devices need none.
  '--with-system-qemu=/usr/bin/qemu-system-i386',
  ...['docs', 'stubdom', 'seabios', 'ipxe', 'ovmf', 'rombios', 'systemd', 'pygrub'],
  ...['ocamltools', 'golang', 'xsmpolicy', 'qemu-traditional', '9pfs'],
].map((word) => (word.startsWith('--') ? word : `--disable-${word}`));

/** Where the compiler of this machine looks for arm64's headers and libraries. */
async function writeSysroot(workshop: Workshop, order: ToolstackOrder): Promise<string> {
  const sysroot = join(workshop.directory, 'sysroot');
  await mkdir(join(sysroot, 'usr/lib'), { recursive: true });
  // Debian's merged /usr: libc.so, a linker script, names files below /lib.
  await symlink('usr/lib', join(sysroot, 'lib'));
  for (const file of order.packages) await unpackPackage(workshop.download(file), sysroot);
  return sysroot;
}

/** A compiler for that sysroot, and one that leaves no path of this machine in what it makes. */
export async function writeCompiler(tools: string, sysroot: string, source: string): Promise<void> {
  const compiler = join(tools, `${crossPrefix}gcc`);
  // make resolves symbolic links on the way to its sources.
  const map = `-ffile-prefix-map='${await realpath(source)}'=/xen`;
  const call = `PATH=\${PATH#*:} exec ${crossPrefix}gcc --sysroot='${sysroot}' ${map} "$@"`;
  await writeFile(compiler, `#!/bin/sh\n${call}\n`);
  await chmod(compiler, 0o755);
}

/** A configured tree, and what its make runs with. */
export interface Site {
  readonly source: string;
  readonly env: Record<string, string>;
  readonly log: string;
}

/** Whether all that a patch changes is the tools' C. */
export function changesTools(patch: string): boolean {
  const files = [...patch.matchAll(/^\+\+\+ b\/(\S+)/gm)].map(([, file = '']) => file);
  return files.length > 0 && files.every((file) => /^tools\/.*\.[ch]$/.test(file));
}

/**
 * The others of Debian's patches are for its packaging: they take away the `configure` that
 * upstream has, or change what it would have to be made from anew.
 */
async function applyPatches(
  workshop: Workshop,
  order: ToolstackOrder,
  source: string,
  log: string,
): Promise<void> {
  const debian = join(workshop.directory, 'debian');
  await unpackTar(workshop.download(tarball(order, /\.debian\.tar\.\w+$/)), debian, 1);
  for (const patch of await debianPatches(debian))
    if (changesTools(await readFile(patch, 'utf8'))) await applyPatch(source, patch, log);
  await rm(debian, { recursive: true });
  for (const patch of order.patches) await applyPatch(source, patch, log);
}

/** Where things are below a workshop's directory, and what make runs with there. */
export function siteIn(directory: string, order: ToolstackOrder): Site {
  const sysroot = join(directory, 'sysroot');
  const env = {
    ...buildEnv(order, join(directory, 'tools')),
    PKG_CONFIG_LIBDIR: join(sysroot, 'usr/lib', triplet, 'pkgconfig'),
    PKG_CONFIG_SYSROOT_DIR: sysroot,
    // `configure` wants curses for xentop alone, which is not built.
    ac_cv_header_curses_h: 'yes',
    ac_cv_lib_curses_clear: 'yes',
  };
  return { source: join(directory, 'source'), env, log: join(directory, 'build.log') };
}

/** Unpacks, patches, configures and compiles below the workshop's directory. */
export async function compileToolstack(workshop: Workshop, order: ToolstackOrder): Promise<Site> {
  const { directory, progress } = workshop;
  const site = siteIn(directory, order);
  const { source, env, log } = site;
  await unpackTar(workshop.download(tarball(order, /\.orig\.tar\.\w+$/)), source, 1);
  await applyPatches(workshop, order, source, log);
  const sysroot = await writeSysroot(workshop, order);
  await writeCompiler(await writeTools(directory), sysroot, source);
  progress.detail('configure');
  await runTool('./configure', configuration, { cwd: source, env, log });
  for (const part of parts) await make(workshop, site, part, `-j${availableParallelism()}`, 'all');
  return site;
}

/** Makes targets of one part of the tools. */
export async function make(
  workshop: Workshop,
  { source, env, log }: Site,
  part: string,
  ...targets: readonly string[]
): Promise<void> {
  workshop.progress.detail(`${part} ${targets.at(-1) ?? ''}`);
  const tools = join(source, 'tools');
  const settings = ['XEN_TARGET_ARCH=arm64', `CROSS_COMPILE=${crossPrefix}`];
  const pkgConfig = `PKG_CONFIG_DIR=${join(tools, 'pkg-config')}`;
  const args = ['-C', join(tools, part), ...settings, pkgConfig, ...targets];
  await runTool('make', args, { env, log });
}

/** Deletes what is there for compilers, and strips the rest. */
export async function trim(root: string): Promise<void> {
  for (const path of dropped) await rm(join(root, path), { recursive: true, force: true });
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const isElf = (await readFile(path)).subarray(0, 4).toString('latin1') === '\x7fELF';
    if (entry.name.endsWith('.a')) await rm(path);
    else if (isElf) await runTool(`${crossPrefix}strip`, ['--strip-unneeded', path]);
  }
}

/**
 * Cross-builds xl, its libraries and daemons from the source of a hypervisor, without root.
 *
 * `root` of the image is what a file system of Debian for arm64 gets on top: `usr/sbin/xl`,
 * `usr/sbin/xenstored` and `xenconsoled`; `usr/bin/xenstore-*`; `usr/lib/aarch64-linux-gnu/` with
 * all of Xen's libraries; `usr/lib/xen/bin/` with `xen-init-dom0`, `init-dom0less`,
 * `xenconsole` and `libxl-save-helper`; `etc/xen/scripts` and `etc/default`. Nothing of Debian's
 * xen-utils is needed beside it, only libc6, libgcc-s1, libuuid1, libyajl2, libfdt1 and zlib1g of
 * the suite that the manifest names. Where xen-utils is there, LD_LIBRARY_PATH must not lead to
 * its libraries of the same names.
 * @throws EnvironmentError when a tool fails, or a patch does not fit.
 */
export async function buildToolstack(workshop: Workshop, order: ToolstackOrder): Promise<Made> {
  const { directory, progress } = workshop;
  progress.begin(`build toolstack ${order.flavour} (Xen ${order.locked.version})`);
  const site = await compileToolstack(workshop, order);
  const root = join(directory, 'root');
  for (const part of parts.slice(1)) await make(workshop, site, part, `DESTDIR=${root}`, 'install');
  await trim(root);
  for (const path of ['source', 'sysroot', 'tools'])
    await rm(join(directory, path), { recursive: true });
  progress.end();
  return madeToolstack(directory, order);
}

/** What of a directory with a toolstack in `root` is its image. */
export async function madeToolstack(directory: string, order: ToolstackOrder): Promise<Made> {
  const main = 'root/usr/sbin/xl';
  return {
    version: order.version,
    sourceVersion: order.locked.version,
    main,
    extra: { root: 'root' },
    capabilities: toolstackCapabilities(await readFile(join(directory, main))),
  };
}
