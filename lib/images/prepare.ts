// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../host/locks.ts';
import { formatSeconds, Progress } from '../host/progress.ts';
import { Deadline } from '../support/deadline.ts';
import { formatBytes } from '../support/units.ts';
import { requireTools } from './build-tools.ts';
import { bootedImages, openCatalogue, recipeOf } from './catalogue.ts';
import type { LockedFile } from './lock-file.ts';
import type { Places } from './places.ts';
import type { Catalogue } from './recipes.ts';
import { downloadPath, makeImage, type Recipe, stateOf } from './store.ts';

/** How the set-up talks. */
export interface PrepareOptions {
  /** Default: a progress line on standard error. */
  readonly progress?: Progress;
  /** Default: images/manifest.json and lock.json of this project. */
  readonly catalogue?: Catalogue;
  /** Programs that must be on this machine in addition to those that builds want. */
  readonly tools?: readonly string[];
  /** Whether to keep silent when all is done. */
  readonly quiet?: boolean;
}

function missingDownloads(places: Places, recipe: Recipe): LockedFile[] {
  return recipe.downloads.filter((file) => !existsSync(downloadPath(places, file)));
}

async function fetchAll(places: Places, recipe: Recipe, progress: Progress): Promise<void> {
  const { fetchFile } = await import('../host/download.ts');
  const { addressesOf, findMirrors } = await import('./mirror.ts');
  const missing = missingDownloads(places, recipe);
  const mirrors = await findMirrors();
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of missing) {
    const { pool, size, sha256 } = file;
    const onBytes = (done: number): void => {
      progress.bytes(before + done, total);
    };
    const urls = addressesOf(pool, mirrors);
    await fetchFile({ urls, file: downloadPath(places, file), size, sha256 }, { onBytes });
    before += size;
  }
}

async function download(places: Places, recipe: Recipe, progress: Progress): Promise<void> {
  const missing = missingDownloads(places, recipe);
  if (missing.length === 0) return;
  const size = missing.reduce((sum, file) => sum + file.size, 0);
  progress.begin(`download ${recipe.name} (${missing.length} files, ${formatBytes(size)})`);
  // Two runs must not write the same partial file; images may share a source.
  const lock = join(places.build, 'locks/downloads.lock');
  const onWait = (pid: number): void => {
    progress.detail(`waiting for process ${pid}`);
  };
  const deadline = Deadline.after(60 * 60_000);
  await withLock(lock, { deadline, onWait }, () => fetchAll(places, recipe, progress));
  progress.end();
}

/** The recipe, or the first of its fallbacks, whose files could be had: they are here then. */
export async function downloadable(
  places: Places,
  recipe: Recipe,
  progress: Progress,
): Promise<Recipe> {
  const { NotToBeHadError } = await import('../host/download.ts');
  try {
    await download(places, recipe, progress);
    return recipe;
  } catch (error) {
    if (!(error instanceof NotToBeHadError) || recipe.fallback === undefined) throw error;
    const seen = error.story.lastSeen?.split('\n')[0]?.split(': ').at(-1) ?? 'no answer';
    progress.end(`not on this mirror (${seen})`);
    progress.say(`    instead: ${recipe.name} ${recipe.fallback.source}`);
    progress.plan(1);
    return downloadable(places, recipe.fallback, progress);
  }
}

/**
 * Makes the named images unless they are there; by default, all that tests boot. Says one line
 * when there is nothing to do.
 * @throws EnvironmentError when a tool, a download or a build fails; MisuseError for an unknown name.
 */
export async function prepareImages(
  names?: readonly string[],
  options: PrepareOptions = {},
): Promise<void> {
  const start = performance.now();
  const progress = options.progress ?? new Progress();
  const catalogue = options.catalogue ?? openCatalogue();
  const { places } = catalogue;
  const recipes = (names ?? bootedImages(catalogue))
    .map((name) => recipeOf(catalogue, name))
    .filter((recipe) => recipe !== undefined)
    .filter((recipe) => stateOf(places, recipe).record === undefined);
  const toFetch = recipes.filter((recipe) => missingDownloads(places, recipe).length > 0);
  progress.plan(recipes.length + toFetch.length);
  const tools = [...recipes.flatMap((recipe) => recipe.tools), ...(options.tools ?? [])];
  await requireTools(tools, progress);
  // A compiler that was installed just now is part of what decides an image: look again.
  for (const { name } of recipes) {
    const recipe = recipeOf(catalogue, name);
    if (recipe === undefined) continue;
    await makeImage(places, await downloadable(places, recipe, progress), progress);
  }
  if (options.quiet === true) return;
  progress.say(`images are ready (${formatSeconds(performance.now() - start)})`);
}
