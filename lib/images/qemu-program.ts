// SPDX-License-Identifier: Apache-2.0
import { findTool } from '../host/tools.ts';
import { EnvironmentError } from '../support/errors.ts';
import { versionLine } from './machine.ts';
import type { Manifest } from './manifest.ts';
import { atLeast } from './version.ts';

/** A QEMU for AArch64, ready to be started. */
export interface QemuProgram {
  readonly path: string;
  /** Variables that it needs in addition. */
  readonly env: Readonly<Record<string, string>>;
  /** As in `10.0.2`. */
  readonly version: string;
  /** Its firmware and key maps, when they are not where it looks by itself. */
  readonly dataDir?: string;
}

/** What QEMU's program is called. */
export const qemuName = 'qemu-system-aarch64';

/** The version that the program at `path` says it has. */
export function qemuVersion(path: string): string | undefined {
  return /version (\d+(?:\.\d+)+)/.exec(versionLine(path) ?? '')?.[1];
}

/**
 * The QEMU that the user or the machine brings: CROSSPAGE_QEMU, else one on PATH that is new
 * enough; undefined when Crosspage has to bring its own.
 * @throws EnvironmentError when CROSSPAGE_QEMU names something that will not do.
 */
export function ownQemu(
  { least }: Pick<Manifest['qemu'], 'least'>,
  env: NodeJS.ProcessEnv = process.env,
): QemuProgram | undefined {
  const named = env['CROSSPAGE_QEMU'];
  const path = named ?? findTool(qemuName, env['PATH']);
  const version = path === undefined ? undefined : qemuVersion(path);
  if (path !== undefined && version !== undefined && atLeast(version, least)) {
    return { path, env: {}, version };
  }
  if (named === undefined) return undefined;
  throw new EnvironmentError({
    who: 'CROSSPAGE_QEMU',
    what:
      version === undefined
        ? `${named} is not a QEMU that can be run`
        : `${named} is QEMU ${version}, too old: ${least} or later is needed`,
    where: named,
    remedy: 'name another, or unset CROSSPAGE_QEMU: Crosspage then brings its own',
  });
}
