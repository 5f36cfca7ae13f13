// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockedImageOf } from './lock-file.ts';
import { crossPrefix, versionLine } from './machine.ts';
import type { RootData } from './manifest.ts';
import { imageNames } from './names.ts';
import { type Catalogue, hashOf, revision, unpackTools } from './recipes.ts';
import type { Recipe } from './store.ts';

const compiler = `${crossPrefix}gcc`;
const compilers = [compiler, `${crossPrefix}ld`, `${crossPrefix}nm`, 'make', 'awk'];

function kernel({ manifest, lock }: Catalogue): Recipe {
  const { package: name, licence } = manifest.linux;
  const locked = lockedImageOf(lock, imageNames.linux);
  return {
    name: imageNames.linux,
    kind: 'linux',
    source: `Debian ${locked.suite}'s ${name} ${locked.version}`,
    licence,
    inputs: [revision.linux, locked.files],
    downloads: locked.files,
    tools: unpackTools,
    make: async (workshop) => {
      const { unpackKernel } = await import('./build-root.ts');
      return unpackKernel(workshop, locked);
    },
  };
}

/** The files under a directory but what is for people, each with its path there and its hash. */
function contentOf(directory: string): [string, string][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => [file.slice(directory.length), hashOf(file)]);
}

function root({ places, lock }: Catalogue, name: string, data: RootData): Recipe {
  const locked = lockedImageOf(lock, imageNames.root(name));
  const linux = lockedImageOf(lock, imageNames.linux);
  const sources = join(places.root, data.directory);
  const headers = lockedImageOf(lock, imageNames.linuxHeaders);
  const compiled = data.compiled.map((one) => ({
    ...one,
    directory: join(places.root, one.directory),
  }));
  return {
    name: imageNames.root(name),
    kind: 'root',
    source: `made of Debian ${locked.suite}'s ${data.packages[0] ?? ''} ${locked.version} and ${data.directory}`,
    licence: data.licence,
    inputs: [
      revision.root,
      locked.files,
      linux.files,
      data,
      contentOf(sources),
      ...(compiled.length === 0 ? [] : [headers.files, versionLine(compiler)]),
      compiled.map(({ directory }) => contentOf(directory)),
    ],
    downloads: [...locked.files, ...linux.files, ...(compiled.length === 0 ? [] : headers.files)],
    tools: [...unpackTools, ...(compiled.length === 0 ? [] : compilers)],
    make: async (workshop) => {
      const { buildRoot } = await import('./build-root.ts');
      return buildRoot(workshop, { data, locked, kernel: linux, headers, compiled, sources });
    },
  };
}

/** How the kernel and the root file systems of Linux domains are made, by name. */
export function linuxRecipes(catalogue: Catalogue): [string, () => Recipe][] {
  return [
    [imageNames.linux, () => kernel(catalogue)],
    ...Object.entries(catalogue.manifest.roots).map(([name, data]): [string, () => Recipe] => [
      imageNames.root(name),
      () => root(catalogue, name, data),
    ]),
  ];
}
