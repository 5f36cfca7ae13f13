// SPDX-License-Identifier: Apache-2.0
import { lockedImageOf, type LockedVersion } from './lock-file.ts';
import { crossPrefix, versionLine } from './machine.ts';
import { imageNames } from './names.ts';
import { type Catalogue, revision } from './recipes.ts';
import type { Recipe } from './store.ts';

const compiler = `${crossPrefix}gcc`;

const tools = [
  ...[compiler, `${crossPrefix}ld`, `${crossPrefix}objcopy`, 'gcc', 'make', 'flex', 'bison'],
  ...['bc', 'patch', 'tar', 'xz', 'bzip2', 'fdtoverlay'],
];

function recipeOf({ manifest }: Catalogue, locked: LockedVersion): Recipe {
  const { defconfig, options, licence } = manifest.uBoot;
  return {
    name: imageNames.uBoot,
    kind: 'u-boot',
    source: `built from Debian ${locked.suite}'s source ${locked.version}`,
    licence,
    inputs: [revision.uBoot, locked.files, { defconfig, options }, versionLine(compiler)],
    downloads: locked.files,
    tools,
    make: async (workshop) => {
      const { buildUBoot } = await import('./build-u-boot.ts');
      return buildUBoot(workshop, { locked, defconfig, options });
    },
  };
}

/** How the boot loader of the virtual lab's boards is made. */
export function uBootRecipe(catalogue: Catalogue): Recipe {
  const { fallbacks = [], ...first } = lockedImageOf(catalogue.lock, imageNames.uBoot);
  const chain = [first, ...fallbacks].map((locked) => recipeOf(catalogue, locked));
  return chain.reduceRight((fallback, recipe) => ({ ...recipe, fallback }));
}
