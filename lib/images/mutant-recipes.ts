// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { MisuseError } from '../support/errors.ts';
import type { LockedVersion } from './lock-file.ts';
import type { SourcedFlavour } from './manifest.ts';
import { type HypervisorMutant, mutantFlavour, type ProbeMutant } from './mutants.ts';
import { imageNames } from './names.ts';
import {
  type Catalogue,
  hashOf,
  madeVersion,
  probe,
  revision,
  sourcedXen,
  xenOf,
  xenOrder,
} from './recipes.ts';
import { makeImage, type Recipe } from './store.ts';
import { toolstackMutantRecipes, toolstackTreeRecipes } from './toolstack-mutant-recipes.ts';

interface Base {
  readonly flavour: string;
  readonly data: SourcedFlavour;
}

function baseOf(catalogue: Catalogue, { name, base }: HypervisorMutant): Base {
  const data = catalogue.manifest.hypervisors[base];
  if (data?.from === 'source') return { flavour: base, data };
  throw new MisuseError({
    who: `mutant ${name}`,
    what: `its base "${base}" is no flavour that is built from source`,
    remedy: 'correct images/xen/mutants.json',
  });
}

/** The tree with objects that the mutants of `base` are built in. */
function treeOf(catalogue: Catalogue, base: Base, locked: LockedVersion): Recipe {
  const xen = xenOf(catalogue, base.flavour, base.data, locked);
  return {
    ...xen,
    name: `xen-tree-${base.flavour}`,
    kind: 'xen-tree',
    source: `${xen.source}, its objects kept`,
    inputs: [revision.xenTree, xen.inputs],
    make: async (workshop) => {
      const { buildTree } = await import('./build-mutant.ts');
      return buildTree(workshop, xenOrder(catalogue, base.flavour, base.data, locked));
    },
  };
}

function mutantOf(
  catalogue: Catalogue,
  mutant: HypervisorMutant,
  base: Base,
  locked: LockedVersion,
): Recipe {
  const flavour = mutantFlavour(mutant.name);
  const xen = xenOf(catalogue, base.flavour, base.data, locked);
  const tree = treeOf(catalogue, base, locked);
  const patch = join(catalogue.places.root, 'images/xen/mutants', mutant.patch);
  return {
    ...tree,
    name: imageNames.hypervisor(flavour),
    kind: 'xen-mutant',
    source: `${xen.source} with images/xen/mutants/${mutant.patch}`,
    inputs: [revision.xenMutant, tree.inputs, mutant.name, hashOf(patch)],
    make: async (workshop) => {
      const { directory } = await makeImage(workshop.places, tree, workshop.progress);
      const { buildMutant } = await import('./build-mutant.ts');
      const order = { ...xenOrder(catalogue, base.flavour, base.data, locked), flavour };
      return buildMutant(workshop, { order, mutant: mutant.name, patch, tree: directory });
    },
  };
}

/** Of a mutant's versions the one that its base was made from: the two are compared. */
function asMade(catalogue: Catalogue, { flavour, data }: Base, chain: Recipe): Recipe {
  const base = sourcedXen(catalogue, flavour, (locked) => xenOf(catalogue, flavour, data, locked));
  return madeVersion(catalogue, base, chain);
}

function probeMutantOf(catalogue: Catalogue, { name, define }: ProbeMutant): Recipe {
  const memory = probe(catalogue, 'memory', define);
  return {
    ...memory,
    name: imageNames.probe(mutantFlavour(name)),
    kind: 'probe-mutant',
    source: `${memory.source} with -D${define}`,
    inputs: [memory.inputs, define],
  };
}

/** How each mutant is made, by the name of its image. No other image is made with them. */
export function mutantRecipes(catalogue: Catalogue): ReadonlyMap<string, () => Recipe> {
  const hypervisors = catalogue.mutants.hypervisors.map((mutant): [string, () => Recipe] => [
    imageNames.hypervisor(mutantFlavour(mutant.name)),
    () => {
      const base = baseOf(catalogue, mutant);
      const chain = sourcedXen(catalogue, base.flavour, (locked) =>
        mutantOf(catalogue, mutant, base, locked),
      );
      return asMade(catalogue, base, chain);
    },
  ]);
  const probes = catalogue.mutants.probes.map((mutant): [string, () => Recipe] => [
    imageNames.probe(mutantFlavour(mutant.name)),
    () => probeMutantOf(catalogue, mutant),
  ]);
  return new Map([...hypervisors, ...toolstackMutantRecipes(catalogue), ...probes]);
}

/** The trees that mutants are built in: caches that may be deleted at any time. */
export function treeRecipes(catalogue: Catalogue): Recipe[] {
  const bases = new Set(catalogue.mutants.hypervisors.map(({ base }) => base));
  const hypervisors = [...bases].flatMap((flavour) => {
    const data = catalogue.manifest.hypervisors[flavour];
    if (data?.from !== 'source') return [];
    const base = { flavour, data };
    return [sourcedXen(catalogue, flavour, (locked) => treeOf(catalogue, base, locked))];
  });
  return [...hypervisors, ...toolstackTreeRecipes(catalogue)];
}
