// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../host/locks.ts';
import type { Progress } from '../host/progress.ts';
import { Deadline } from '../support/deadline.ts';
import type { LockedFile } from './lock-file.ts';
import type { Places } from './places.ts';

/** What a hypervisor can do; see kconfig.ts. */
export type Capabilities = readonly string[] | 'unknown';

/** What a recipe makes. Paths are below the image's own directory. */
export interface Made {
  /** As its makers count: `4.17.5`, `10.0.2`. */
  readonly version: string;
  /** Of the package that it came from, with all that Debian adds. */
  readonly sourceVersion: string;
  /** The file that is booted or run. */
  readonly main: string;
  readonly extra: Readonly<Record<string, string>>;
  readonly capabilities?: Capabilities;
}

/** image.json in an image's directory: written last, so that its presence means "whole". */
export interface ImageRecord extends Made {
  readonly name: string;
  readonly kind: string;
  readonly licence: string;
  readonly sha256: string;
  readonly size: number;
}

/** What a recipe has at hand while it makes an image. */
export interface Workshop {
  readonly places: Places;
  /** Where to make it; renamed when it is whole. */
  readonly directory: string;
  /** Path of the download of a locked file. */
  readonly download: (file: LockedFile) => string;
  readonly progress: Progress;
}

/** How one image is made, and everything that decides what comes out. */
export interface Recipe {
  /** As in `npx crosspage images build <name>`. */
  readonly name: string;
  readonly kind: string;
  /** For people: where it comes from. */
  readonly source: string;
  readonly licence: string;
  /** JSON-able; a change of it means another image. */
  readonly inputs: unknown;
  readonly downloads: readonly LockedFile[];
  /** Programs that must be on this machine to make it. */
  readonly tools: readonly string[];
  readonly make: (workshop: Workshop) => Promise<Made>;
  /** What to make instead where the downloads are not to be had. */
  readonly fallback?: Recipe;
}

/** Where an image stands: its directory, and its record once it is made. */
export interface ImageState {
  /** What it was, or is to be, made by: the recipe that was asked for, or a fallback of it. */
  readonly recipe: Recipe;
  readonly directory: string;
  readonly record: ImageRecord | undefined;
}

/** A recipe and its fallbacks, in order of preference. */
export function recipeChain(recipe: Recipe): Recipe[] {
  return [recipe, ...(recipe.fallback === undefined ? [] : recipeChain(recipe.fallback))];
}

/**
 * Looks up whether the image that `recipe` describes now has been made: by itself, else by the
 * first of its fallbacks. Reads one small file of each.
 */
export function stateOf(places: Places, recipe: Recipe): ImageState {
  const states = recipeChain(recipe).map((link) => ownState(places, link));
  return states.find(({ record }) => record !== undefined) ?? ownState(places, recipe);
}

function ownState(places: Places, recipe: Recipe): ImageState {
  const key = createHash('sha256').update(JSON.stringify(recipe.inputs)).digest('hex').slice(0, 12);
  const directory = join(places.build, recipe.kind, `${recipe.name}-${key}`);
  try {
    const text = readFileSync(join(directory, 'image.json'), 'utf8');
    return { recipe, directory, record: JSON.parse(text) as ImageRecord };
  } catch {
    return { recipe, directory, record: undefined };
  }
}

/** Path of the download of `file`. Names differ where contents do. */
export function downloadPath(places: Places, file: LockedFile): string {
  const name = file.pool.split('/').at(-1) ?? file.package;
  return join(places.build, 'downloads', `${file.sha256.slice(0, 12)}-${name}`);
}

/**
 * Makes an image unless it is there: in `<directory>.partial`, then renamed, under a lock, so that
 * of two runs one makes it and the other finds it made.
 */
export async function makeImage(
  places: Places,
  recipe: Recipe,
  progress: Progress,
): Promise<ImageState> {
  const { directory } = ownState(places, recipe);
  const lock = join(places.build, 'locks', `${recipe.name}.lock`);
  const onWait = (pid: number): void => {
    progress.say(`waiting for process ${pid}, which builds ${recipe.name}`);
  };
  const options = { deadline: Deadline.after(30 * 60_000), onWait };
  return withLock(lock, options, async () => {
    const state = ownState(places, recipe);
    if (state.record !== undefined) return state;
    const partial = `${directory}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const download = (file: LockedFile): string => downloadPath(places, file);
    const made = await recipe.make({ places, directory: partial, download, progress });
    await writeRecord(partial, recipe, made);
    await rm(directory, { recursive: true, force: true });
    await rename(partial, directory);
    return ownState(places, recipe);
  });
}

async function writeRecord(directory: string, recipe: Recipe, made: Made): Promise<void> {
  const bytes = readFileSync(join(directory, made.main));
  const record: ImageRecord = {
    name: recipe.name,
    kind: recipe.kind,
    licence: recipe.licence,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    ...made,
  };
  await writeFile(join(directory, 'image.json'), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Deletes what no current recipe asks for. Returns the names of what went. */
export async function cleanStore(
  places: Places,
  recipes: readonly Recipe[],
  everything: boolean,
): Promise<string[]> {
  if (everything) {
    await rm(places.build, { recursive: true, force: true });
    return [places.build];
  }
  const kept = new Set([
    ...recipes.map((recipe) => stateOf(places, recipe).directory),
    ...recipes
      .flatMap(recipeChain)
      .flatMap((recipe) => recipe.downloads.map((file) => downloadPath(places, file))),
  ]);
  const gone: string[] = [];
  // Saved machines can be made again, and what they depend on is more than images.
  const snapshots = join(places.build, 'snapshots');
  if (existsSync(snapshots)) {
    await rm(snapshots, { recursive: true, force: true });
    gone.push(snapshots);
  }
  for (const kind of [...new Set(recipes.map((recipe) => recipe.kind)), 'downloads']) {
    const parent = join(places.build, kind);
    for (const entry of await readdir(parent).catch(() => [])) {
      const path = join(parent, entry);
      if (kept.has(path) || kept.has(path.replace(/\.part$/, ''))) continue;
      await rm(path, { recursive: true, force: true });
      gone.push(path);
    }
  }
  return gone;
}
