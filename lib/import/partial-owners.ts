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

/** Whether a file is called after a domain: `domU1.dts`, `passthrough-domU1.dtb`. */
function isNamedAfter({ source }: PartialTree, name: string): boolean {
  const file = `-${stem(source.file).toLowerCase()}-`;
  const word = name.toLowerCase();
  const isBorder = (at: number): boolean => !/[a-z0-9]/.test(file.charAt(at));
  for (let at = file.indexOf(word); at >= 0; at = file.indexOf(word, at + 1))
    if (isBorder(at - 1) && isBorder(at + word.length)) return true;
  return false;
}

/**
 * Who gets `partial`: whose module is a file of that name, or whose `device_tree`. Where no boot
 * script names the files and there is one tree alone, it is that of every domain with such a module;
 * where there are several, each is that of the domain after which it alone is called.
 */
export function ownersOf(
  partial: PartialTree,
  { hosts, partials, domains }: Pick<ImportedFiles, 'hosts' | 'partials' | 'domains'>,
): PartialOwners {
  const wanted = stem(partial.source.file);
  const isMeant = (name: string): boolean => {
    if (partials.length === 1) return true;
    const [one, ...more] = partials.filter((other) => isNamedAfter(other, name));
    return one === partial && more.length === 0;
  };
  const dom0less = hosts
    .flatMap((host) => host.domains)
    .filter(({ name, modules }) =>
      modules.some(
        ({ kind, file }) =>
          kind === 'device-tree' && (file === undefined ? isMeant(name) : stem(file) === wanted),
      ),
    );
  const xl = domains.filter(
    ({ deviceTree }) => deviceTree !== undefined && stem(deviceTree.value) === wanted,
  );
  return { dom0less, xl };
}
