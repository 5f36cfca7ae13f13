// SPDX-License-Identifier: Apache-2.0
import { readHostTree } from '../import/host-tree.ts';
import type { ImportedFiles } from '../import/imported-files.ts';
import { PlacedTree } from '../import/placed-tree.ts';
import { readXlDomain } from '../import/xl-domain.ts';
import { type BootedFiles, importBooted } from './booted-files.ts';

/** Files of xl, `.cfg`, and the host device tree that goes with them, `.dts`, by their names. */
export type Texts = Readonly<Record<string, string>>;

/** What was tried: the blobs of a boot, or the texts that dom0's xl was given. */
export type ConfigurationFiles = BootedFiles | { readonly texts: Texts };

/** Texts as `lint` and a trial read them. */
export function importTexts(texts: Texts): ImportedFiles {
  const all = Object.entries(texts).map(([file, text]) => ({ file, text }));
  const domains = all.filter(({ file }) => file.endsWith('.cfg')).map(readXlDomain);
  return {
    hosts: all
      .filter(({ file }) => file.endsWith('.dts'))
      .map((source) => readHostTree(PlacedTree.fromSource(source))),
    partials: [],
    domains,
    imageBuilders: [],
    scripts: [],
    unreadable: domains.flatMap(({ file }) => file.problems),
    texts: all,
  };
}

/** What was tried, as `lint` reads it. */
export const importFiles = (files: ConfigurationFiles): ImportedFiles =>
  'texts' in files ? importTexts(files.texts) : importBooted(files);
