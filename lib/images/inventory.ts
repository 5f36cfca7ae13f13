// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import type { Progress } from '../host/progress.ts';
import { messageOf } from '../support/errors.ts';
import * as catalogues from './catalogue.ts';
import { mutantRecipes, treeRecipes } from './mutant-recipes.ts';
import {
  type HypervisorMutant,
  type ProbeMutant,
  readMutants,
  type ToolstackMutant,
} from './mutants.ts';
import { placesOf } from './places.ts';
import { ownQemu } from './qemu-program.ts';
import type { Catalogue } from './recipes.ts';
import { cleanStore, downloadPath, type Recipe, stateOf } from './store.ts';

/** How far an image is. */
export type ImageProgress = 'ready' | 'to build' | 'to download' | 'impossible';

/** One line of `crosspage images list`. */
export interface ImageListing {
  readonly name: string;
  readonly version: string | undefined;
  readonly source: string;
  readonly licence: string;
  readonly sha256: string | undefined;
  readonly size: number | undefined;
  readonly state: ImageProgress;
  /** Programs that are needed to make it; none once it is made. */
  readonly tools: readonly string[];
}

function listing(catalogue: Catalogue, name: string): ImageListing {
  const unknown = { version: undefined, sha256: undefined, size: undefined, tools: [] };
  let recipe: Recipe | undefined;
  try {
    recipe = catalogues.recipeOf(catalogue, name);
  } catch (error) {
    const source = messageOf(error).split('\n')[0] ?? '';
    return { ...unknown, name, source, licence: '-', state: 'impossible' };
  }
  if (recipe === undefined) {
    const own = ownQemu(catalogue.manifest.qemu);
    const source = `of this machine: ${own?.path ?? ''}`;
    const version = own?.version;
    return { ...unknown, name, version, source, licence: '-', state: 'ready' };
  }
  const { record, recipe: maker } = stateOf(catalogue.places, recipe);
  const { source, licence, tools, downloads } = maker;
  if (record !== undefined) {
    const { version, sha256, size } = record;
    return { name, version, source, licence, sha256, size, state: 'ready', tools: [] };
  }
  const here = downloads.every((file) => existsSync(downloadPath(catalogue.places, file)));
  return { ...unknown, name, source, licence, tools, state: here ? 'to build' : 'to download' };
}

/** The state of every image. Builds and fetches nothing. */
export function listStates(catalogue: Catalogue = catalogues.openCatalogue()): ImageListing[] {
  return catalogues.allImages(catalogue).map((name) => listing(catalogue, name));
}

/** The mutants of hypervisors that images/xen/mutants.json lists. */
export function hypervisorMutants(): readonly HypervisorMutant[] {
  return readMutants(placesOf().root).hypervisors;
}

/** The mutants of toolstacks that images/xen/mutants.json lists. */
export function toolstackMutants(): readonly ToolstackMutant[] {
  return readMutants(placesOf().root).toolstacks;
}

/** The mutants of the memory probe that images/xen/mutants.json lists. */
export function probeMutants(): readonly ProbeMutant[] {
  return readMutants(placesOf().root).probes;
}

/** The names of all images. */
export function allImages(): string[] {
  return catalogues.allImages(catalogues.openCatalogue());
}

/** Deletes what the lock no longer names; or everything. Returns the paths that went. */
export function cleanImages(everything: boolean): Promise<string[]> {
  const catalogue = catalogues.openCatalogue();
  const recipes = catalogues
    .allImages(catalogue)
    .filter((name) => listing(catalogue, name).state !== 'impossible')
    .map((name) => catalogues.recipeOf(catalogue, name))
    .filter((recipe) => recipe !== undefined);
  const mutants = [...mutantRecipes(catalogue).values()].map((recipe) => recipe());
  const all = [...recipes, ...mutants, ...treeRecipes(catalogue)];
  return cleanStore(catalogue.places, all, everything);
}

/** Writes the lock anew: see updateLock. */
export async function updateImageLock(names: readonly string[], progress: Progress): Promise<void> {
  const { updateLock } = await import('./update.ts');
  await updateLock(placesOf(), names, progress);
}
