// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MisuseError } from '../support/errors.ts';
import type { ToolstackImage } from './image-set.ts';
import { toolstackCapabilities } from './toolstack-capabilities.ts';

/** Debian keeps each version's tools in a directory of its own. */
function versionedPaths(root: string): string[] {
  const parent = join(root, 'usr/lib');
  const names = existsSync(parent) ? readdirSync(parent) : [];
  return names.filter((name) => /^xen-\d/.test(name)).map((name) => `usr/lib/${name}/bin/xl`);
}

/** Where `xl` is below `root`, as a path below it. */
function findXl(root: string): string | undefined {
  // Debian's own /usr/sbin/xl is a script that looks for the one that fits the hypervisor.
  const candidates = [...versionedPaths(root), 'usr/sbin/xl', 'usr/local/sbin/xl', 'sbin/xl'];
  return candidates.find((path) => existsSync(join(root, path)));
}

/**
 * A toolstack that the user built: `directory` is what the build of Xen's tools was installed into
 * (`make install-tools DESTDIR=...`). What it can do is told by the words that stand in its `xl`.
 * @throws MisuseError when there is no `xl` in it.
 */
export function ownToolstack(directory: string): ToolstackImage {
  const root = resolve(directory);
  const xl = findXl(root);
  if (xl === undefined) {
    throw new MisuseError({
      who: 'CROSSPAGE_TOOLSTACK',
      what: 'has no xl: looked for usr/sbin/xl, usr/local/sbin/xl, usr/lib/xen-*/bin/xl',
      where: root,
      remedy: 'name the directory that `make install-tools DESTDIR=...` filled',
    });
  }
  const program = readFileSync(join(root, xl));
  return {
    name: 'own',
    root,
    sha256: createHash('sha256').update(program).digest('hex'),
    version: 'unknown',
    capabilities: toolstackCapabilities(program),
  };
}
