// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runTool } from '../host/tools.ts';
import { EnvironmentError } from '../support/errors.ts';
import { told } from './build-mutant.ts';
import {
  compileToolstack,
  madeToolstack,
  make,
  siteIn,
  type ToolstackOrder,
  trim,
  writeCompiler,
} from './build-toolstack.ts';
import { applyPatch } from './build-xen.ts';
import type { Made, Workshop } from './store.ts';

/** What the tools' build reads of the source. */
const kept = ['tools', 'config', 'xen', 'Config.mk', 'version.sh'];

/** The file that tells where the tree was when it was built: the objects' dependencies name it. */
const placeFile = 'place';

/**
 * Builds a toolstack and keeps the tree with its objects and their times.
 * @throws EnvironmentError when a tool fails.
 */
export async function buildToolstackTree(workshop: Workshop, order: ToolstackOrder): Promise<Made> {
  const { directory, progress } = workshop;
  progress.begin(`build the tree for mutants of toolstack ${order.flavour}`);
  const { source } = await compileToolstack(workshop, order);
  for (const entry of await readdir(source))
    if (!kept.includes(entry)) await rm(join(source, entry), { recursive: true });
  // make resolves symbolic links on the way to its sources.
  await writeFile(join(directory, placeFile), await realpath(directory));
  progress.end();
  const { version, locked } = order;
  const main = 'source/tools/xl/xl';
  return { version, sourceVersion: locked.version, main, extra: { place: placeFile } };
}

/** A mutant of a toolstack to build: `order` is that of its base. */
export interface ToolstackMutantOrder {
  readonly order: ToolstackOrder;
  readonly mutant: string;
  /** Path of the patch. */
  readonly patch: string;
  /** Directory that {@link buildToolstackTree} made. */
  readonly tree: string;
  /** What its base is laid over a root file system as. */
  readonly root: string;
}

/**
 * The parts of the tools that a patch changes, in the order in which they are built.
 * @throws EnvironmentError for one that changes something else.
 */
export function changedParts(mutant: string, patch: string): string[] {
  const files = [...patch.matchAll(/^\+\+\+ b\/(\S+)/gm)].map(([, file = '']) => file);
  const found = files.map((file) => /^tools\/(libs\/[a-z]+|xl)\/[^/]+\.[ch]$/.exec(file)?.[1]);
  const parts = found.filter((part) => part !== undefined);
  if (parts.length > 0 && parts.length === found.length) return [...new Set(parts)].sort();
  throw new EnvironmentError({
    who: `mutant ${mutant}`,
    what: `its patch changes ${files.join(', ') || 'nothing'}: only C of tools/libs/* and tools/xl can be`,
    remedy: 'images/xen/README.md says how one is written',
  });
}

/**
 * Renames the directory `$1` to `$2` in what `$2` holds: dependencies of objects, links to headers,
 * pkg-config's files. All keep their times, so that make finds nothing to do.
 */
const rename =
  'grep -rlIZ -F "$1/" "$2/source/tools" | while IFS= read -r -d "" file; do ' +
  'touch -r "$file" "$2/time"; sed -i "s#$1/#$2/#g" "$file"; touch -r "$2/time" "$file"; done; ' +
  'find "$2/source/tools" -type l -lname "$1/*" -print0 | while IFS= read -r -d "" link; do ' +
  'to=$(readlink "$link"); ln -sfn "$2/${to#"$1/"}" "$link"; done; rm -f "$2/time"';

/** Puts a copy of the tree into `directory`. */
async function copyTree(tree: string, directory: string, log: string): Promise<void> {
  const parts = ['source', 'sysroot', 'tools'].map((name) => join(tree, name));
  await runTool('cp', ['-a', '--reflink=auto', ...parts, directory], { log });
  const place = await readFile(join(tree, placeFile), 'utf8');
  await runTool('bash', ['-c', rename, 'rename', place, await realpath(directory)], { log });
}

/**
 * Builds a mutant in a copy of its base's tree: what its patch touches alone.
 * @throws EnvironmentError that names the mutant and its patch when it does not apply or compile.
 */
export async function buildToolstackMutant(
  workshop: Workshop,
  from: ToolstackMutantOrder,
): Promise<Made> {
  const { directory, progress } = workshop;
  const { order, mutant, patch } = from;
  progress.begin(`build mutant ${mutant} (Xen ${order.locked.version})`);
  const parts = changedParts(mutant, await readFile(patch, 'utf8'));
  const site = siteIn(directory, order);
  await copyTree(from.tree, directory, site.log);
  const sysroot = join(directory, 'sysroot');
  await writeCompiler(join(directory, 'tools'), sysroot, site.source);
  const applied = applyPatch(site.source, patch, site.log, '--fuzz=0');
  await told(`the patch does not apply to Xen ${order.locked.version}`, from, applied);
  const root = join(directory, 'root');
  await mkdir(root);
  await runTool('cp', ['-a', `${from.root}/.`, root], { log: site.log });
  for (const part of parts) {
    const made = make(workshop, site, part, `-j${availableParallelism()}`, 'all');
    await told('the patched toolstack does not compile', from, made);
    await make(workshop, site, part, `DESTDIR=${root}`, 'install');
  }
  await trim(root);
  for (const path of ['source', 'sysroot', 'tools'])
    await rm(join(directory, path), { recursive: true });
  progress.end();
  return madeToolstack(directory, order);
}
