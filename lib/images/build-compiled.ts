// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackPackage } from '../host/archive.ts';
import { runTool } from '../host/tools.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { CpioEntry } from './cpio.ts';
import type { LockedImage } from './lock-file.ts';
import { crossPrefix } from './machine.ts';
import type { CompiledData } from './manifest.ts';
import { fileEntry, moduleEntries } from './root-files.ts';
import type { Workshop } from './store.ts';

/** `6.12.1-arm64`, as the kernel's own headers are called. */
function releaseOf(headers: LockedImage): string {
  for (const { package: name } of headers.files) {
    const release = /^linux-headers-(.*)$/.exec(name)?.[1];
    if (release !== undefined && !release.endsWith('-common')) return release;
  }
  throw new EnvironmentError({
    who: 'linux-headers',
    what: 'images/lock.json names no headers of the kernel',
    remedy: 'run: npx crosspage images update linux',
  });
}

/**
 * Compiles kernel modules and programs of ours for a Linux domain: entries of its root file system.
 * @throws EnvironmentError with the compiler's last words.
 */
export async function compiledEntries(
  { directory, download, progress }: Workshop,
  headers: LockedImage,
  compiled: readonly CompiledData[],
): Promise<CpioEntry[]> {
  if (compiled.length === 0) return [];
  const sysroot = join(directory, 'sysroot');
  await mkdir(join(sysroot, 'usr/lib'), { recursive: true });
  // Debian's merged /usr: the C library's linker scripts name files below /lib.
  await symlink('usr/lib', join(sysroot, 'lib'));
  for (const file of headers.files) await unpackPackage(download(file), sysroot);
  const entries: CpioEntry[] = [];
  for (const [nth, { directory: sources, modules, programs }] of compiled.entries()) {
    const out = join(directory, `compiled-${nth}`);
    await mkdir(out);
    progress.detail(`compile ${[...modules, ...programs].join(', ')}`);
    const settings = [
      `OUT=${out}`,
      `SYSROOT=${sysroot}`,
      `RELEASE=${releaseOf(headers)}`,
      `CROSS_COMPILE=${crossPrefix}`,
    ];
    const log = join(directory, 'build.log');
    await runTool('make', ['-C', sources, ...settings], { env: { LC_ALL: 'C' }, log });
    entries.push(
      ...moduleEntries(out, modules),
      ...programs.map((name) => fileEntry(join(out, name), `usr/bin/${name}`)),
    );
    await rm(out, { recursive: true });
  }
  await rm(sysroot, { recursive: true });
  return entries;
}
