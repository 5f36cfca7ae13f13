// SPDX-License-Identifier: Apache-2.0
import type { Dom0lessDomain } from './dom0less-domain.ts';
import type { ImportedFiles } from './imported-files.ts';
import type { PartialTree } from './partial-tree.ts';
import type { XlDomain } from './xl-domain.ts';

/** A file's name without directories and without what tells source from blob. */
const stem = (file: string): string =>
  (file.split('/').at(-1) ?? file).replace(/\.(?:dts|dtb|dtbo)$/, '');

/** The domains that get a partial device tree. */
export interface PartialOwners {
  readonly dom0less: readonly Dom0lessDomain[];
  readonly xl: readonly XlDomain[];
}

/**
 * Who gets `partial`: whose module is a file of that name, or whose `device_tree`. Where no boot
 * script names the files and there is one tree alone, it is that of every domain with such a module.
 */
export function ownersOf(
  partial: PartialTree,
  { hosts, partials, domains }: Pick<ImportedFiles, 'hosts' | 'partials' | 'domains'>,
): PartialOwners {
  const wanted = stem(partial.source.file);
  const dom0less = hosts
    .flatMap((host) => host.domains)
    .filter(({ modules }) =>
      modules.some(
        ({ kind, file }) =>
          kind === 'device-tree' &&
          (file === undefined ? partials.length === 1 : stem(file) === wanted),
      ),
    );
  const xl = domains.filter(
    ({ deviceTree }) => deviceTree !== undefined && stem(deviceTree.value) === wanted,
  );
  return { dom0less, xl };
}
