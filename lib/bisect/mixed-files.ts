// SPDX-License-Identifier: Apache-2.0
import { type DeviceTree, writeBlob } from '../dt/index.ts';
import type { BootFiles } from '../import/boot-loads.ts';
import { type HostTree, readHostTree } from '../import/host-tree.ts';
import { type ImageBuilderConfig, readImageBuilder } from '../import/image-builder.ts';
import { imageBuilderHost } from '../import/image-builder-tree.ts';
import type { ImportedFiles } from '../import/imported-files.ts';
import { isPartialTree, readPartialTree } from '../import/partial-tree.ts';
import { PlacedTree } from '../import/placed-tree.ts';
import { readUBootScript } from '../import/u-boot-script.ts';
import { readXlDomain, type XlDomain } from '../import/xl-domain.ts';
import type { SourceText } from '../support/source-text.ts';
import type { MixedFile } from './mixture.ts';

/** A tree as a blob of that name: places in it are paths. */
export function asBlob(file: string, tree: DeviceTree): PlacedTree {
  return PlacedTree.fromBlob(file, writeBlob(tree));
}

const baseOf = (name: string): string => name.split('/').at(-1) ?? name;

/** The files that a script names, by whatever path. `changed` gets the trees that it is given. */
function filesBeside(
  files: readonly MixedFile[],
  trees: ReadonlyMap<string, PlacedTree>,
  changed: Set<string>,
): BootFiles {
  const treeOf = (name: string): string | undefined => {
    const base = baseOf(name);
    const source = base.replace(/\.dtb$/, '.dts');
    return [...trees.keys()].find((one) => [base, source].includes(baseOf(one)));
  };
  return {
    sizeOf: (name) => {
      const file = files.find((one) => baseOf(one.name) === baseOf(name));
      if (file === undefined) return undefined;
      if ('size' in file) return BigInt(file.size);
      return BigInt(
        file.kind === 'tree' ? writeBlob(file.tree).length : Buffer.byteLength(file.text),
      );
    },
    treeOf: (name) => {
      const found = treeOf(name);
      if (found === undefined) return undefined;
      changed.add(found);
      return trees.get(found);
    },
  };
}

const isXl = (file: MixedFile): file is MixedFile & { readonly kind: 'xl' } => file.kind === 'xl';

/** The files of a mixture, read: as those of a directory are, without one. */
export function importedOf(files: readonly MixedFile[]): ImportedFiles {
  const trees = new Map(
    files.flatMap((file) =>
      file.kind === 'tree' ? [[file.name, asBlob(file.name, file.tree)] as const] : [],
    ),
  );
  const textOf = (file: MixedFile & { readonly text: string }): SourceText => ({
    file: file.name,
    text: file.text,
  });
  const changed = new Set<string>();
  const beside = filesBeside(files, trees, changed);
  const domains: XlDomain[] = files.filter(isXl).map((file) => readXlDomain(textOf(file)));
  const made: HostTree[] = [];
  const imageBuilders: ImageBuilderConfig[] = [];
  const scripts: ImportedFiles['scripts'][number][] = [];
  for (const file of files) {
    if (file.kind === 'image-builder') {
      const config = readImageBuilder(textOf(file));
      imageBuilders.push(config);
      made.push(imageBuilderHost(config, beside).host);
    }
    if (file.kind === 'script') {
      const script = readUBootScript(textOf(file), beside);
      scripts.push(script);
      if (script.host !== undefined) made.push(script.host);
    }
  }
  const own = [...trees].filter(([, tree]) => !isPartialTree(tree));
  return {
    hosts: [
      ...own.filter(([name]) => !changed.has(name)).map(([, tree]) => readHostTree(tree)),
      ...made,
    ],
    partials: [...trees.values()].filter(isPartialTree).map(readPartialTree),
    domains,
    imageBuilders,
    scripts,
    unreadable: domains.flatMap(({ file }) => file.problems),
    texts: [],
  };
}
