// SPDX-License-Identifier: Apache-2.0
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, join, posix, relative } from 'node:path';
import { EnvironmentError } from '../support/errors.ts';
import type { CpioEntry } from './cpio.ts';
import { dynamicNeeds } from './elf.ts';

/** Where Debian's loader looks for libraries. */
const libraryPlaces = ['usr/lib/aarch64-linux-gnu', 'usr/lib'];

function missing(path: string, needer: string): EnvironmentError {
  return new EnvironmentError({
    who: needer,
    what: `needs ${path}, which is in none of the packages`,
    where: 'images/manifest.json',
    remedy: 'add the package that has it to the manifest, and run: npx crosspage images update',
  });
}

/** The entry of one file of an unpacked tree, under `path`. */
export function fileEntry(file: string, path: string): CpioEntry {
  const { mode } = lstatSync(file);
  return { path, kind: 'file', mode: mode & 0o111 ? 0o755 : 0o644, content: readFileSync(file) };
}

/**
 * Entries for `programs` out of unpacked packages, with the libraries that they need, each under
 * the name by which it is asked for: no links, nothing that nobody needs.
 * @throws EnvironmentError when a program or a library is not there.
 */
export function programEntries(root: string, programs: readonly string[]): CpioEntry[] {
  const entries = new Map<string, CpioEntry>();
  const find = (path: string): string | undefined => {
    try {
      return realpathSync(join(root, path));
    } catch {
      return undefined;
    }
  };
  const add = (path: string, needer: string): void => {
    if (entries.has(path)) return;
    const file = find(path);
    if (file === undefined) throw missing(path, needer);
    const entry = fileEntry(file, path);
    entries.set(path, entry);
    const needs = dynamicNeeds(Buffer.from(entry.content ?? ''));
    for (const library of needs?.libraries ?? []) {
      const place = libraryPlaces.find((directory) => find(join(directory, library)));
      if (place === undefined) throw missing(library, path);
      add(join(place, library), path);
    }
    // The loader's path goes through /lib, which is a link to usr/lib.
    if (needs?.interpreter !== undefined) add(join('usr', needs.interpreter), path);
  };
  for (const program of programs) add(program, 'images/manifest.json');
  return [...entries.values()];
}

/** Every file and link under `directory`, as entries of the same paths. */
export function treeEntries(directory: string): CpioEntry[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((found) => {
    const file = join(found.parentPath, found.name);
    const path = relative(directory, file).split('\\').join(posix.sep);
    if (found.isDirectory()) return [{ path, kind: 'directory' } as const];
    if (found.isSymbolicLink())
      return [{ path, kind: 'link', content: readlinkSync(file) } as const];
    return found.isFile() ? [fileEntry(file, path)] : [];
  });
}

/** Entries for kernel modules, wherever they are under `directory`. */
export function moduleEntries(directory: string, modules: readonly string[]): CpioEntry[] {
  const files = readdirSync(directory, { recursive: true }).map((file) => String(file));
  return modules.map((name): CpioEntry => {
    const file = files.find((path) => basename(path) === `${name}.ko`);
    if (file === undefined) throw missing(`${name}.ko`, 'images/manifest.json');
    return {
      path: `usr/lib/modules/${name}.ko`,
      kind: 'file',
      content: readFileSync(join(directory, file)),
    };
  });
}

/** The list of modules in the order in which they are to be loaded. */
export function moduleOrder(modules: readonly string[]): CpioEntry {
  const order = modules.map((name) => `${name}\n`).join('');
  return { path: 'usr/lib/modules/order', kind: 'file', content: order };
}
