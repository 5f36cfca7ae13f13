// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';
import { readLock } from './lock-file.ts';
import { hostProgramRecipes } from './host-program-recipes.ts';
import { linuxRecipes } from './linux-recipes.ts';
import { hostMachine } from './machine.ts';
import { readManifest } from './manifest.ts';
import { mutantRecipes } from './mutant-recipes.ts';
import { readMutants } from './mutants.ts';
import { imageNames } from './names.ts';
import { type Places, placesOf } from './places.ts';
import { type Catalogue, recipeTable } from './recipes.ts';
import type { Recipe } from './store.ts';
import { toolstackRecipes } from './toolstack-recipes.ts';
import { ownQemu } from './qemu-program.ts';
import { uBootRecipe } from './u-boot-recipe.ts';

/** Reads the manifest and the lock. */
export function openCatalogue(places: Places = placesOf()): Catalogue {
  return {
    places,
    manifest: readManifest(places.manifest),
    lock: readLock(places.lock),
    mutants: readMutants(places.root),
    host: hostMachine(),
  };
}

/** How each image is made, by name. */
function tableOf(catalogue: Catalogue): ReadonlyMap<string, () => Recipe> {
  return new Map([
    ...recipeTable(catalogue),
    ...linuxRecipes(catalogue),
    ...toolstackRecipes(catalogue),
    [imageNames.uBoot, () => uBootRecipe(catalogue)],
    ...hostProgramRecipes(catalogue),
  ]);
}

/** The names of all images that can be made, without the mutants. */
export function allImages(catalogue: Catalogue): string[] {
  return [...tableOf(catalogue).keys()];
}

/** The images that the tests boot: all but those that only the framework's own tests read. */
export function bootedImages(catalogue: Catalogue): string[] {
  const unbooted: readonly string[] = [imageNames.deviceTrees, imageNames.ser2net];
  return allImages(catalogue).filter((name) => !unbooted.includes(name));
}

/**
 * The recipe of an image; undefined for QEMU where this machine has one that will do.
 * @throws MisuseError when the manifest has no such image.
 */
export function recipeOf(catalogue: Catalogue, name: string): Recipe | undefined {
  const table = tableOf(catalogue);
  const recipe = table.get(name) ?? mutantRecipes(catalogue).get(name);
  if (recipe === undefined) {
    throw new MisuseError({
      who: name,
      what: 'is not an image of Crosspage',
      lastSeen: `there are: ${[...table.keys()].join(', ')}`,
      remedy: 'correct the name, or add it to images/manifest.json',
    });
  }
  if (name === imageNames.qemu && ownQemu(catalogue.manifest.qemu) !== undefined) return undefined;
  return recipe();
}
