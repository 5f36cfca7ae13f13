// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import type { Progress } from '../host/progress.ts';
import { findTool, lastLines, tryTool } from '../host/tools.ts';
import { EnvironmentError } from '../support/errors.ts';

/** A program that must be on the machine, and the Debian package that brings it. */
export interface BuildTool {
  readonly program: string;
  readonly package: string;
  readonly what: string;
}

const cross = process.arch === 'arm64' ? 'gcc' : 'gcc-aarch64-linux-gnu';
const crossBinutils = process.arch === 'arm64' ? 'binutils' : 'binutils-aarch64-linux-gnu';

/** All programs that set-up and tests want of the machine. */
export const buildTools: readonly BuildTool[] = [
  { program: 'aarch64-linux-gnu-gcc', package: cross, what: 'cross compiler' },
  { program: 'aarch64-linux-gnu-ld', package: crossBinutils, what: 'cross linker' },
  { program: 'aarch64-linux-gnu-objcopy', package: crossBinutils, what: 'cross objcopy' },
  { program: 'aarch64-linux-gnu-ar', package: crossBinutils, what: 'cross ar' },
  { program: 'aarch64-linux-gnu-strip', package: crossBinutils, what: 'cross strip' },
  { program: 'gcc', package: 'gcc', what: "compiler, for Xen's own tools" },
  { program: 'make', package: 'make', what: 'make' },
  { program: 'flex', package: 'flex', what: "flex, for Xen's Kconfig" },
  { program: 'bison', package: 'bison', what: "bison, for Xen's Kconfig" },
  { program: 'bc', package: 'bc', what: 'bc' },
  { program: 'python3', package: 'python3', what: 'Python 3' },
  { program: 'patch', package: 'patch', what: 'patch' },
  { program: 'tar', package: 'tar', what: 'tar' },
  { program: 'xz', package: 'xz-utils', what: 'xz' },
  { program: 'bzip2', package: 'bzip2', what: "bzip2, for U-Boot's source" },
  {
    program: 'fdtoverlay',
    package: 'device-tree-compiler',
    what: "fdtoverlay, for U-Boot's device trees",
  },
  { program: 'iasl', package: 'acpica-tools', what: "ACPI compiler, for Xen's toolstack" },
  { program: 'pkg-config', package: 'pkg-config', what: "pkg-config, for Xen's toolstack" },
  { program: 'perl', package: 'perl-base', what: "Perl, for Xen's toolstack" },
  { program: 'dpkg-deb', package: 'dpkg', what: 'dpkg-deb' },
  { program: 'dtc', package: 'device-tree-compiler', what: 'device tree compiler, for tests' },
  { program: 'ssh-keygen', package: 'openssh-client', what: 'OpenSSH, for tests of keys' },
  { program: 'xmllint', package: 'libxml2-utils', what: 'xmllint, for tests of reports' },
];

/** Headers of the machine's own C library; there is no program to look for. */
const headers = { file: '/usr/include/stdlib.h', package: 'libc6-dev' };

/** Debian packages that bring what is missing of `programs`. */
export function missingPackages(programs: readonly string[]): string[] {
  const missing = buildTools
    .filter(({ program }) => programs.includes(program) && findTool(program) === undefined)
    .map((tool) => tool.package);
  if (programs.includes('gcc') && !existsSync(headers.file)) missing.push(headers.package);
  return [...new Set(missing)];
}

/** The command that installs packages, for an administrator. */
export function installCommand(packages: readonly string[]): string {
  return `apt-get install --no-install-recommends ${packages.join(' ')}`;
}

async function aptInstall(packages: readonly string[], progress: Progress): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const onOutput = (text: string): void => {
    const line = /^(?:Get:\d+|Unpacking|Setting up) .*/m.exec(text)?.[0];
    if (line !== undefined) progress.detail(line.slice(0, 60));
  };
  const apt = (...args: string[]): ReturnType<typeof tryTool> =>
    tryTool('apt-get', args, { env, onOutput });
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  progress.plan(1);
  progress.begin(`install ${packages.join(' ')}`);
  let result = await apt(...install);
  if (result.code !== 0) {
    // The lists are empty on a fresh system, or name packages that have been superseded.
    await apt('update');
    result = await apt(...install);
  }
  if (result.code === 0) {
    progress.end();
    return;
  }
  throw new EnvironmentError({
    who: 'apt-get',
    what: `could not install ${packages.join(' ')}`,
    lastSeen: lastLines(result.stderr),
    remedy: `look at apt's sources and at the network, then run: ${installCommand(packages)}`,
  });
}

/**
 * Sees to it that `programs` are on PATH; root's set-up installs what is missing.
 * @throws EnvironmentError with the one command that an administrator must run.
 */
export async function requireTools(programs: readonly string[], progress: Progress): Promise<void> {
  const packages = missingPackages(programs);
  if (packages.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && findTool('apt-get') !== undefined) await aptInstall(packages, progress);
  const left = missingPackages(programs);
  if (left.length === 0) return;
  const names = buildTools
    .filter(({ program }) => programs.includes(program) && findTool(program) === undefined)
    .map(({ program }) => program);
  throw new EnvironmentError({
    who: 'this machine',
    what: `lacks ${names.length === 0 ? left.join(', ') : names.join(', ')}`,
    remedy: `as root, run: ${installCommand(left)}`,
  });
}
