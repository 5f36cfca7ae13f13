// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises';
import { runTool } from './tools.ts';

/** Unpacks the Debian package `file` into `directory`. Needs no root; nothing is installed. */
export async function unpackPackage(file: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await runTool('dpkg-deb', ['--extract', file, directory], { remedy: corrupt(file) });
}

/**
 * Unpacks only those files of the Debian package `file` that match one of tar's `patterns`.
 * They keep their paths under `directory`.
 */
export async function unpackPackageFiles(
  file: string,
  directory: string,
  patterns: readonly string[],
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const script =
    'set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --wildcards "${@:3}"';
  await runTool('bash', ['-c', script, 'unpack', file, directory, ...patterns], {
    remedy: corrupt(file),
  });
}

/** Unpacks a tar archive, compressed or not, without its first `strip` path components. */
export async function unpackTar(file: string, directory: string, strip = 0): Promise<void> {
  await mkdir(directory, { recursive: true });
  const args = ['--extract', '--file', file, '--directory', directory];
  await runTool('tar', [...args, `--strip-components=${strip}`, '--no-same-owner'], {
    remedy: corrupt(file),
  });
}

function corrupt(file: string): string {
  return `look at the disk's free space; then delete ${file} and run \`npx crosspage images build\``;
}
