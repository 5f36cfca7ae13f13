// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';

/** Files that may refer to others. */
const code = /^\.[cm]?[jt]sx?$/;

/** How Node, or what compiles TypeScript, finds a module whose name is not that of its file. */
const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];

/** A relative path in quotes: of a module that is imported, or of a file that is read. */
const relativePath = /(['"`])(\.{1,2}\/[^'"`\n]+)\1/g;

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The file that a relative path in quotes means, if there is one. */
function fileOf(path: string): string | undefined {
  const bare = path.replace(/\.[cm]?jsx?$/, '');
  return [
    path,
    ...endings.map((ending) => `${bare}${ending}`),
    ...endings.map((ending) => `${path}${ending}`),
    ...endings.map((ending) => join(path, `index${ending}`)),
  ].find(isFile);
}

/**
 * Source files with all that they refer to by relative paths, and what those refer to: modules, and
 * files that they read. In the order of their paths.
 */
export function sourceFiles(roots: Iterable<string>): string[] {
  const found = new Set<string>();
  const waiting = [...roots];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file) || !existsSync(file)) continue;
    found.add(file);
    if (!code.test(extname(file))) continue;
    const directory = dirname(file);
    for (const [, , path = ''] of readFileSync(file, 'utf8').matchAll(relativePath)) {
      const referred = fileOf(join(directory, path));
      if (referred !== undefined) waiting.push(referred);
    }
  }
  return [...found].sort();
}

/** One hash of source files and of all that they refer to, wherever the project lies. */
export function hashOfSources(root: string, roots: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const file of sourceFiles(roots)) {
    const content = createHash('sha256').update(readFileSync(file)).digest('hex');
    hash.update(`${relative(root, file)} ${content}\n`);
  }
  return hash.digest('hex');
}
