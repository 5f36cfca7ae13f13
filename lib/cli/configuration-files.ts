// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BootFiles } from '../import/boot-loads.ts';
import { type HostTree, readHostTree } from '../import/host-tree.ts';
import { readImageBuilder } from '../import/image-builder.ts';
import { imageBuilderHost } from '../import/image-builder-tree.ts';
import type { ImportedFiles } from '../import/imported-files.ts';
import { isPartialTree, type PartialTree, readPartialTree } from '../import/partial-tree.ts';
import { PlacedTree } from '../import/placed-tree.ts';
import { readUBootScript } from '../import/u-boot-script.ts';
import { readXlDomain } from '../import/xl-domain.ts';
import { messageOf, MisuseError } from '../support/errors.ts';
import { SourceError, type SourceText } from '../support/source-text.ts';
import { type FileKind, kindOf, namedKinds, scriptText } from './configuration-kinds.ts';
import { preprocessed } from './preprocessed.ts';

/** What was read, and what was not. */
export interface ReadFiles extends ImportedFiles {
  /** Files of a directory that nobody reads. */
  readonly skipped: readonly string[];
  /** Every device tree by its file, those that a script changes too. */
  readonly trees: ReadonlyMap<string, PlacedTree>;
}

/** Lists that grow. */
type Growing<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? I[] : T[K] };

/** All files below a directory, in the order of their names, but for what git keeps for itself. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.split('/').includes('.git'))
    .toSorted()
    .map((name) => join(directory, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
}

function filesOf(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new MisuseError({ who: path, what: 'there is no such file or directory' });
  if (stats.isDirectory()) return filesBelow(path);
  if (kindOf(path) !== undefined) return [path];
  throw new MisuseError({
    who: path,
    what: 'is no xl configuration, device tree, ImageBuilder configuration or U-Boot script',
    remedy: `name it .${Object.keys(namedKinds).join(', .')} if it is one`,
  });
}

function textOf(file: string): string | undefined {
  const there = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  return there ? readFileSync(file, 'utf8') : undefined;
}

/** Reads files that belong together, the trees first: scripts build on them. */
class Reader {
  readonly #trees = new Map<string, PlacedTree>();
  readonly read: Growing<ReadFiles> = {
    hosts: [],
    partials: [],
    domains: [],
    imageBuilders: [],
    scripts: [],
    unreadable: [],
    texts: [],
    skipped: [],
    trees: this.#trees,
  };
  readonly #all: readonly string[];
  /** Trees that a script changes: what it makes of them is judged instead. */
  readonly #changed = new Set<PlacedTree>();

  constructor(files: readonly string[]) {
    this.#all = files;
  }

  async files(): Promise<ReadFiles> {
    const kinds = this.#all.map((file) => ({ file, kind: kindOf(file) }));
    const ofKind = (...wanted: readonly (FileKind | undefined)[]): string[] =>
      kinds.filter(({ kind }) => wanted.includes(kind)).map(({ file }) => file);
    for (const file of ofKind('blob', 'source')) await this.#tree(file);
    for (const file of ofKind('xl')) this.#xl(file);
    const made = ofKind('image-builder').flatMap((file) => this.#imageBuilder(file));
    for (const file of ofKind('script'))
      if (made.includes(basename(file))) this.read.skipped.push(file);
      else
        this.#attempt(file, () => {
          this.#script(file);
        });
    this.#sortTrees();
    this.read.skipped.push(...ofKind(undefined).filter((file) => !file.endsWith('.dtsi')));
    return this.read;
  }

  #sortTrees(): void {
    const { hosts, partials } = this.read;
    const own: { hosts: HostTree[]; partials: PartialTree[] } = { hosts: [], partials: [] };
    for (const [file, tree] of this.#trees)
      this.#attempt(file, () => {
        if (isPartialTree(tree)) own.partials.push(readPartialTree(tree));
        else if (!this.#changed.has(tree)) own.hosts.push(readHostTree(tree));
      });
    hosts.unshift(...own.hosts);
    partials.push(...own.partials);
  }

  #text(file: string, text = readFileSync(file, 'utf8')): SourceText {
    const source = { file, text };
    this.read.texts.push(source);
    return source;
  }

  async #tree(file: string): Promise<void> {
    try {
      this.#trees.set(file, await this.#placed(file));
    } catch (error) {
      this.#unreadable(file, error);
    }
  }

  #attempt(file: string, read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#unreadable(file, error);
    }
  }

  /** What is wrong with one file; the others are judged all the same. */
  #unreadable(file: string, error: unknown): void {
    const ofSystem = error instanceof Error && 'syscall' in error;
    if (!(error instanceof MisuseError) && !ofSystem) throw error;
    const unplaced = {
      place: { file, line: 1, column: 1, length: 1 },
      what: messageOf(error),
      line: '',
    };
    const problems = error instanceof SourceError ? error.problems : [unplaced];
    this.read.unreadable.push(...problems);
  }

  async #placed(file: string): Promise<PlacedTree> {
    if (kindOf(file) === 'blob')
      return PlacedTree.fromBlob(file, new Uint8Array(readFileSync(file)));
    const include = (name: string, from: string): SourceText | undefined => {
      const path = join(dirname(from), name);
      const text = textOf(path);
      return text === undefined ? undefined : this.#text(path, text);
    };
    return PlacedTree.fromSource(await preprocessed(this.#text(file)), { include, textOf });
  }

  #xl(file: string): void {
    const domain = readXlDomain(this.#text(file));
    this.read.unreadable.push(...domain.file.problems);
    this.read.domains.push(domain);
  }

  /** @returns the names of the scripts that it makes. */
  #imageBuilder(file: string): string[] {
    const config = readImageBuilder(this.#text(file));
    const { host, unknown } = imageBuilderHost(config, this.#beside(file));
    this.read.imageBuilders.push({ ...config, unknown: [...config.unknown, ...unknown] });
    this.read.hosts.push(host);
    return ['UBOOT_SOURCE', 'UBOOT_SCRIPT'].flatMap((name) => {
      const made = config.get(name);
      return made === undefined ? [] : [basename(made.value)];
    });
  }

  #script(file: string): void {
    const script = readUBootScript(this.#text(file, scriptText(file)), this.#beside(file));
    this.read.scripts.push(script);
    if (script.host !== undefined) this.read.hosts.push(script.host);
  }

  /** The files that a script names: from its own directory, or of that name anywhere here. */
  #beside(script: string): BootFiles {
    const pathOf = (name: string): string | undefined => {
      const path = join(dirname(script), name);
      if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
      return this.#all.find((one) => basename(one) === basename(name));
    };
    return {
      sizeOf: (name) => {
        const path = pathOf(name);
        return path === undefined ? undefined : BigInt(statSync(path).size);
      },
      treeOf: (name) => {
        const path = pathOf(name);
        const tree =
          this.#trees.get(path ?? '') ??
          this.#trees.get(join(dirname(script), name).replace(/\.dtb$/, '.dts'));
        if (tree !== undefined) this.#changed.add(tree);
        return tree;
      },
    };
  }
}

/**
 * Reads files and directories of files that belong together: xl configurations (.cfg), host and
 * partial device trees (.dts, .dtb), ImageBuilder's configurations and U-Boot's boot scripts.
 * @throws MisuseError for a path that is not there, or nothing to read in it.
 */
export async function readConfigurationFiles(paths: readonly string[]): Promise<ReadFiles> {
  const files = [...new Set(paths.flatMap(filesOf))];
  const read = await new Reader(files).files();
  if (read.skipped.length === files.length)
    throw new MisuseError({
      who: paths.join(' '),
      what: 'there is no configuration in it',
      remedy:
        'give xl configurations (.cfg), device trees (.dts, .dtb), ImageBuilder configurations or U-Boot scripts',
    });
  return read;
}
