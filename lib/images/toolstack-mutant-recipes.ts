// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { MisuseError } from '../support/errors.ts';
import type { LockedVersion } from './lock-file.ts';
import type { SourcedFlavour } from './manifest.ts';
import { mutantFlavour, type ToolstackMutant } from './mutants.ts';
import { imageNames } from './names.ts';
import { type Catalogue, hashOf, madeVersion, revision, sourcedXen, xenOf } from './recipes.ts';
import { makeImage, type Recipe } from './store.ts';
import { hypervisorOf, toolstackOf, toolstackOrder } from './toolstack-recipes.ts';

interface Base {
  /** Of the toolstack. */
  readonly name: string;
  readonly flavour: string;
  readonly hypervisor: SourcedFlavour;
}

function baseOf(catalogue: Catalogue, { name, base }: ToolstackMutant): Base {
  const data = catalogue.manifest.toolstacks[base];
  if (data !== undefined)
    return {
      name: base,
      flavour: data.hypervisor,
      hypervisor: hypervisorOf(catalogue, base, data),
    };
  throw new MisuseError({
    who: `mutant ${name}`,
    what: `its base "${base}" is no toolstack`,
    remedy: 'correct images/xen/mutants.json',
  });
}

/** The tree with objects that the mutants of `base` are built in. */
function treeOf(catalogue: Catalogue, base: Base, locked: LockedVersion): Recipe {
  const toolstack = toolstackOf(catalogue, base.name, base.hypervisor, locked);
  return {
    ...toolstack,
    name: `toolstack-tree-${base.name}`,
    kind: 'toolstack-tree',
    source: `${toolstack.source}, its objects kept`,
    inputs: [revision.toolstackTree, toolstack.inputs],
    make: async (workshop) => {
      const { buildToolstackTree } = await import('./build-toolstack-mutant.ts');
      const order = toolstackOrder(catalogue, base.name, base.hypervisor, locked);
      return buildToolstackTree(workshop, order);
    },
  };
}

function mutantOf(
  catalogue: Catalogue,
  mutant: ToolstackMutant,
  base: Base,
  locked: LockedVersion,
): Recipe {
  const toolstack = toolstackOf(catalogue, base.name, base.hypervisor, locked);
  const tree = treeOf(catalogue, base, locked);
  const patch = join(catalogue.places.root, 'images/xen/mutants', mutant.patch);
  return {
    ...tree,
    name: imageNames.toolstack(mutantFlavour(mutant.name)),
    kind: 'toolstack-mutant',
    source: `${toolstack.source} with images/xen/mutants/${mutant.patch}`,
    inputs: [revision.toolstackMutant, tree.inputs, mutant.name, hashOf(patch)],
    make: async (workshop) => {
      const { places, progress } = workshop;
      const made = await makeImage(places, toolstack, progress);
      const { directory } = await makeImage(places, tree, progress);
      const { buildToolstackMutant } = await import('./build-toolstack-mutant.ts');
      return buildToolstackMutant(workshop, {
        order: toolstackOrder(catalogue, base.name, base.hypervisor, locked),
        mutant: mutant.name,
        patch,
        tree: directory,
        root: join(made.directory, 'root'),
      });
    },
  };
}

/** Of the versions of a source the one that the hypervisor was made from. */
function asMade(
  catalogue: Catalogue,
  { flavour, hypervisor }: Base,
  make: (locked: LockedVersion) => Recipe,
): Recipe {
  const xen = sourcedXen(catalogue, flavour, (locked) =>
    xenOf(catalogue, flavour, hypervisor, locked),
  );
  return madeVersion(catalogue, xen, sourcedXen(catalogue, flavour, make));
}

/** How each mutant of a toolstack is made, by the name of its image. */
export function toolstackMutantRecipes(catalogue: Catalogue): ReadonlyMap<string, () => Recipe> {
  return new Map(
    catalogue.mutants.toolstacks.map((mutant): [string, () => Recipe] => [
      imageNames.toolstack(mutantFlavour(mutant.name)),
      () => {
        const base = baseOf(catalogue, mutant);
        return asMade(catalogue, base, (locked) => mutantOf(catalogue, mutant, base, locked));
      },
    ]),
  );
}

/** The trees that they are built in: caches that may be deleted at any time. */
export function toolstackTreeRecipes(catalogue: Catalogue): Recipe[] {
  const bases = new Map(catalogue.mutants.toolstacks.map((mutant) => [mutant.base, mutant]));
  return [...bases.values()].map((mutant) => {
    const base = baseOf(catalogue, mutant);
    return asMade(catalogue, base, (locked) => treeOf(catalogue, base, locked));
  });
}
