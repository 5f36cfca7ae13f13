// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { ConfigurationEnd, EndFile, FileContent } from '../bisect/configuration-end.ts';
import { SourceError } from '../support/source-text.ts';
import { filesBelow, type ReadFiles, readConfigurationFiles } from './configuration-files.ts';

/** Texts up to this size are compared line by line, in bytes. */
const longestText = 0x2_0000;

const chunk = 0x10_0000;

/** Without holding a file of any size in memory. */
function sha256Of(path: string): string {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(chunk);
  const file = openSync(path, 'r');
  try {
    for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer))
      hash.update(buffer.subarray(0, size));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

/** The first bytes of a kernel: gzip, ELF, U-Boot's mkimage, PE; an arm64 Image at 56. */
const magics = [
  [0, '1f8b'],
  [0, '7f454c46'],
  [0, '27051956'],
  [0, '4d5a'],
  [56, '41524d64'],
] as const;

function beginningOf(path: string): Buffer {
  const buffer = Buffer.alloc(64);
  const file = openSync(path, 'r');
  try {
    return buffer.subarray(0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}

const isImage = (beginning: Buffer): boolean =>
  magics.some(([at, magic]) =>
    beginning.subarray(at, at + magic.length / 2).equals(Buffer.from(magic, 'hex')),
  );

/** Whether a tree that was read, or what it includes, includes this file: by its name in the line. */
function isIncluded(file: string, { trees }: ReadFiles): boolean {
  const sources = [...trees.keys()].filter((name) => name.endsWith('.dts'));
  const beside = readdirSync(dirname(file)).filter((name) => name.endsWith('.dtsi'));
  const texts = [...sources, ...beside.map((name) => join(dirname(file), name))];
  const name = basename(file).replaceAll(/[.+*?^$()[\]{}|\\]/g, String.raw`\$&`);
  const line = new RegExp(`^\\s*(?:#|/)include/?\\s*["<](?:[^">]*/)?${name}[">]`, 'm');
  return sources.length > 0 && texts.some((path) => line.test(readFileSync(path, 'utf8')));
}

/** What a file is to a bisection: as it has been read, or what can be told of its bytes. */
function contentOf(file: string, read: ReadFiles): FileContent {
  const tree = read.trees.get(file);
  if (tree !== undefined) return { kind: 'tree', tree };
  const domain = read.domains.find((one) => one.file.source.file === file);
  if (domain !== undefined) return { kind: 'xl', xl: domain.file };
  const builder = read.imageBuilders.find(({ config }) => config.source.file === file);
  if (builder !== undefined) return { kind: 'image-builder', config: builder.config };
  if (file.endsWith('.dtsi') && isIncluded(file, read)) return { kind: 'included' };
  const script = read.scripts.find(({ source }) => source.file === file);
  const { size } = statSync(file);
  const text = size <= longestText ? readFileSync(file, 'utf8') : undefined;
  const plain = text !== undefined && Buffer.from(text).equals(readFileSync(file));
  const readable = plain && !text.includes('\0');
  // The text of a script that mkimage has wrapped is not what the file has.
  if (script !== undefined && script.source.text === text)
    return { kind: 'script', source: script.source };
  return {
    kind: 'other',
    image: isImage(beginningOf(file)),
    source: readable ? { file, text } : undefined,
  };
}

/**
 * Reads a directory as one end of a bisection: every file in it, as far as it is understood.
 * @throws SourceError for what cannot be read, with its place.
 */
export async function readEnd(
  directory: string,
): Promise<{ readonly end: ConfigurationEnd; readonly read: ReadFiles }> {
  const read = await readConfigurationFiles([directory]);
  const [problem] = read.unreadable;
  if (problem !== undefined) throw new SourceError(problem.place.file, read.unreadable);
  const paths = statSync(directory).isFile() ? [directory] : filesBelow(directory);
  const files = paths.map((path): EndFile => {
    const { size, mode } = statSync(path);
    const name = relative(directory, path) || basename(path);
    return {
      ...{ name, file: path, path, size },
      sha256: sha256Of(path),
      executable: (mode & 0o100) !== 0,
      content: contentOf(path, read),
    };
  });
  return { end: { directory, files: new Map(files.map((file) => [file.name, file])) }, read };
}
