// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropLeastUsed, type Keeping, markUsed } from '../host/least-used.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { writeCpio } from './cpio.ts';
import type { ImageFile } from './image-set.ts';
import { fileEntry, treeEntries } from './root-files.ts';

/** What stays when another is made: each change of a program or of a test's overlay makes one. */
const keeping: Keeping = {
  newest: 16,
  graceMs: 3_600_000,
  names: /^ramdisk-[0-9a-f]{16}\.cpio/,
};

/** What is laid over a root file system. */
export interface Overlay {
  /** Its content: a directory in the layout of a root file system. */
  readonly directory?: string | undefined;
  /** Single files, by the paths that they get. */
  readonly files?: Readonly<Record<string, string>>;
  /** Content of single files, by the paths that they get. */
  readonly texts?: Readonly<Record<string, string>>;
}

function overlayOf({ directory, files = {}, texts = {} }: Overlay): Buffer {
  try {
    return writeCpio([
      ...(directory === undefined ? [] : treeEntries(directory)),
      ...Object.entries(files).map(([path, file]) => fileEntry(file, path)),
      ...Object.entries(texts).map(([path, content]) => ({ path, kind: 'file', content }) as const),
    ]);
  } catch (error) {
    throw new EnvironmentError(
      {
        who: [directory, ...Object.values(files)].filter((part) => part !== undefined).join(', '),
        what: `cannot be laid over a root file system: ${messageOf(error)}`,
        remedy: 'give a directory in the layout of a root file system',
      },
      { cause: error },
    );
  }
}

/** A file that was changed this lately may be changed again within the same tick of its clock. */
const settledMs = 2000;

interface Inputs {
  readonly key: string;
  /** Whether no file may change without another key. */
  readonly settled: boolean;
}

const namesIn = (directory: string): string[] =>
  existsSync(directory) ? readdirSync(directory, { recursive: true }).map(String).sort() : [];

/** All that a root file system with `overlay` depends on, without reading what is in its files. */
function inputsOf(
  root: ImageFile,
  { directory, files = {}, texts = {} }: Overlay,
  cache: string,
): Inputs {
  const tree =
    directory === undefined ? [] : namesIn(directory).map((name) => join(directory, name));
  const stamps = [...tree, ...Object.values(files)].map((path) => {
    // What is not there is told when it is read.
    const facts = lstatSync(path, { throwIfNoEntry: false });
    return [path, facts?.size, facts?.mtimeMs ?? 0] as const;
  });
  return {
    key: JSON.stringify([cache, root.sha256, files, texts, stamps]),
    settled: stamps.every(([, , mtimeMs]) => mtimeMs < Date.now() - settledMs),
  };
}

/**
 * What was made in this process, by its inputs: each test of a worker asks for the same, and to read and
 * hash a kernel takes longer than to restore a machine.
 */
const made = new Map<string, ImageFile>();

/**
 * An initial root file system with `overlay` laid over it, kept in `cache` by its
 * content. Linux takes archives one behind the other, and of one path the last.
 * @throws EnvironmentError when the directory cannot be read.
 */
export async function overlaidRamdisk(
  root: ImageFile,
  overlay: Overlay,
  cache: string,
): Promise<ImageFile> {
  const inputs = inputsOf(root, overlay, cache);
  const known = made.get(inputs.key);
  if (known !== undefined && existsSync(known.path)) {
    await markUsed(known.path);
    return known;
  }
  const added = overlayOf(overlay);
  const sha256 = createHash('sha256').update(root.sha256).update(added).digest('hex');
  const path = join(cache, `ramdisk-${sha256.slice(0, 16)}.cpio`);
  await markUsed(path);
  if (!existsSync(path)) {
    await mkdir(cache, { recursive: true });
    const partial = `${path}.${randomBytes(4).toString('hex')}.partial`;
    await writeFile(partial, Buffer.concat([await readFile(root.path), added]));
    await rename(partial, path);
    // What cannot be deleted now is tried again next time.
    await dropLeastUsed(cache, keeping).catch(() => undefined);
  }
  if (inputs.settled) made.set(inputs.key, { path, sha256 });
  return { path, sha256 };
}

/**
 * Writes an initial root file system with `contents` laid over it to `path`, which only its owner
 * may read: what is secret goes by this, and never into what is kept.
 * @throws EnvironmentError when the disk does not take it.
 */
export async function writePrivateRamdisk(
  root: ImageFile,
  contents: Readonly<Record<string, string>>,
  path: string,
): Promise<void> {
  const added = writeCpio(
    Object.entries(contents).map(([name, content]) => ({
      path: name,
      kind: 'file',
      mode: 0o600,
      content,
    })),
  );
  const whole = Buffer.concat([await readFile(root.path), added]);
  await writeFile(path, whole, { mode: 0o600 }).catch((error: unknown) => {
    throw new EnvironmentError(
      {
        who: path,
        what: `could not be written: ${messageOf(error)}`,
        remedy: 'free space there, or set TMPDIR to another disk',
      },
      { cause: error },
    );
  });
}
