// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type HostTree, readHostTree } from '../import/host-tree.ts';
import { isPartialTree, type PartialTree, readPartialTree } from '../import/partial-tree.ts';
import { PlacedTree } from '../import/placed-tree.ts';
import { readXlDomain, type XlDomain } from '../import/xl-domain.ts';
import { runTool } from '../host/tools.ts';
import { EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';
import { SourceError, type SourceProblem, type SourceText } from '../support/source-text.ts';

/** What kind a file is, by its name's end. */
const kinds: Readonly<Record<string, 'blob' | 'source' | 'xl'>> = {
  dtb: 'blob',
  dts: 'source',
  cfg: 'xl',
  xl: 'xl',
  hvm: 'xl',
};

const kindOf = (path: string): 'blob' | 'source' | 'xl' | undefined =>
  kinds[/\.(\w+)$/.exec(path)?.[1] ?? ''];

/** Files as they are read, one after the other. */
interface Read {
  readonly hosts: HostTree[];
  readonly partials: PartialTree[];
  readonly domains: XlDomain[];
  readonly unreadable: SourceProblem[];
  readonly texts: SourceText[];
  /** Files of a directory that nobody reads. */
  readonly skipped: string[];
}

function filesOf(path: string, skipped: string[]): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new MisuseError({ who: path, what: 'there is no such file or directory' });
  if (!stats.isDirectory()) {
    if (kindOf(path) !== undefined) return [path];
    throw new MisuseError({
      who: path,
      what: 'is of no kind that is known by its name',
      remedy: `name it .${Object.keys(kinds).join(', .')}`,
    });
  }
  const all = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());
  skipped.push(...all.filter((file) => kindOf(file) === undefined && !file.endsWith('.dtsi')));
  return all.filter((file) => kindOf(file) !== undefined);
}

/** Sources with `#include` or macros go through the C preprocessor, as the kernel's do. */
async function preprocessed(source: SourceText): Promise<SourceText> {
  if (!/^\s*#\s*(?:include|define|ifn?def)\b/m.test(source.text)) return source;
  const args = ['-nostdinc', '-undef', '-D__DTS__', '-x', 'assembler-with-cpp', source.file];
  try {
    return { file: source.file, text: await runTool('cpp', args) };
  } catch (error) {
    throw new EnvironmentError(
      {
        who: source.file,
        what: 'cannot be preprocessed',
        lastSeen: messageOf(error),
        remedy: 'install cpp (Debian: cpp), or give the file that it makes, or a .dtb',
      },
      { cause: error },
    );
  }
}

function include(name: string, from: string): SourceText | undefined {
  const file = join(dirname(from), name);
  const text = textOf(file);
  return text === undefined ? undefined : { file, text };
}

function textOf(file: string): string | undefined {
  const there = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  return there ? readFileSync(file, 'utf8') : undefined;
}

async function readTree(file: string, texts: SourceText[]): Promise<PlacedTree> {
  if (kindOf(file) === 'blob') return PlacedTree.fromBlob(file, new Uint8Array(readFileSync(file)));
  const source = { file, text: readFileSync(file, 'utf8') };
  texts.push(source);
  const included = (name: string, from: string): SourceText | undefined => {
    const found = include(name, from);
    if (found !== undefined) texts.push(found);
    return found;
  };
  return PlacedTree.fromSource(await preprocessed(source), { include: included, textOf });
}

async function readOne(file: string, into: Read): Promise<void> {
  if (kindOf(file) === 'xl') {
    const source = { file, text: readFileSync(file, 'utf8') };
    const domain = readXlDomain(source);
    into.texts.push(source);
    into.unreadable.push(...domain.file.problems);
    into.domains.push(domain);
    return;
  }
  try {
    const tree = await readTree(file, into.texts);
    if (isPartialTree(tree)) into.partials.push(readPartialTree(tree));
    else into.hosts.push(readHostTree(tree));
  } catch (error) {
    if (error instanceof SourceError) into.unreadable.push(...error.problems);
    else if (error instanceof EnvironmentError) throw error;
    else
      into.unreadable.push({
        place: { file, line: 1, column: 1, length: 1 },
        what: messageOf(error),
        line: '',
      });
  }
}

/**
 * Reads files and directories of files that belong together: xl configurations (.cfg), host and
 * partial device trees (.dts, .dtb).
 * @throws MisuseError for a path that is not there, or nothing to read in it.
 */
export async function readConfigurationFiles(paths: readonly string[]): Promise<Read> {
  const read: Read = {
    hosts: [],
    partials: [],
    domains: [],
    unreadable: [],
    texts: [],
    skipped: [],
  };
  const files = [...new Set(paths.flatMap((path) => filesOf(path, read.skipped)))];
  if (files.length === 0)
    throw new MisuseError({
      who: paths.join(' '),
      what: 'there is no configuration in it',
      remedy: 'give xl configurations (.cfg) and device trees (.dts, .dtb)',
    });
  for (const file of files) await readOne(file, read);
  return read;
}
