// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findTool } from '../host/tools.ts';

/** What kind of machine this is, as far as images depend on it. */
export interface HostMachine {
  /** Debian's name of the architecture. */
  readonly architecture: string;
  /** VERSION_CODENAME of a Debian; undefined on anything else. */
  readonly codename: string | undefined;
}

/** The machine that this process runs on. */
export function hostMachine(osRelease = '/etc/os-release'): HostMachine {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return { architecture, codename: debianCodename(osRelease) };
}

function debianCodename(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    const value = (key: string): string | undefined =>
      new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1];
    return value('ID') === 'debian' ? value('VERSION_CODENAME') : undefined;
  } catch {
    return undefined;
  }
}

/** Prefix of the cross compiler's programs. */
export const crossPrefix = 'aarch64-linux-gnu-';

const versions = new Map<string, string | undefined>();

/** The first line of `program --version`, or undefined when there is no such program. */
export function versionLine(program: string, env: NodeJS.ProcessEnv = {}): string | undefined {
  const path = findTool(program);
  if (path === undefined) return undefined;
  if (!versions.has(path)) {
    const options = { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 10_000 } as const;
    const { stdout, stderr, status } = spawnSync(path, ['--version'], options);
    // xmllint prints it to its standard error.
    const text = stdout.trim() === '' ? stderr : stdout;
    versions.set(path, status === 0 ? text.trim().split('\n')[0]?.trim() : undefined);
  }
  return versions.get(path);
}
