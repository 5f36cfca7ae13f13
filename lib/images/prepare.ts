// SPDX-License-Identifier: Apache-2.0
import type { DownloadOptions } from '../host/download.ts';
import { formatSeconds, Progress } from '../host/progress.ts';
import { bootedImages, openCatalogue, recipeOf } from './catalogue.ts';
import { placesOf } from './places.ts';
import type { Catalogue } from './recipes.ts';
import { downloadPath, makeImage, type Recipe, stateOf } from './store.ts';

/** How the set-up talks. */
export interface PrepareOptions {
  /** Default: a progress line on standard error. */
  readonly progress?: Progress;
  /** Default: images/manifest.json and lock.json of this project. */
  readonly catalogue?: Catalogue;
}

async function download(catalogue: Catalogue, recipe: Recipe, progress: Progress): Promise<void> {
  const { fetchFile } = await import('../host/download.ts');
  const { addressesOf, findMirrors } = await import('./mirror.ts');
  const { existsSync } = await import('node:fs');
  const { places } = catalogue;
  const missing = recipe.downloads.filter((file) => !existsSync(downloadPath(places, file)));
  if (missing.length === 0) return;
  const mirrors = await findMirrors();
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  progress.begin(`download ${recipe.name} (${missing.length} files)`);
  for (const { pool, size, sha256, ...file } of missing) {
    const options: DownloadOptions = {
      onBytes: (done) => {
        progress.bytes(before + done, total);
      },
    };
    const path = downloadPath(places, { pool, size, sha256, ...file });
    await fetchFile({ urls: addressesOf(pool, mirrors), file: path, size, sha256 }, options);
    before += size;
  }
  progress.end();
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
  const catalogue = options.catalogue ?? openCatalogue(placesOf());
  const { places } = catalogue;
  const recipes = (names ?? bootedImages(catalogue))
    .map((name) => recipeOf(catalogue, name))
    .filter((recipe) => recipe !== undefined)
    .filter((recipe) => stateOf(places, recipe).record === undefined);
  if (recipes.length > 0) {
    const { requireTools } = await import('./build-tools.ts');
    await requireTools(
      recipes.flatMap(({ tools }) => tools),
      progress,
    );
  }
  for (const recipe of recipes) {
    await download(catalogue, recipe, progress);
    await makeImage(places, recipe, progress);
  }
  progress.say(`images are ready (${formatSeconds(performance.now() - start)})`);
}
