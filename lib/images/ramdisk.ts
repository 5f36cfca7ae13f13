// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { writeCpio } from './cpio.ts';
import type { ImageFile } from './image-set.ts';
import { treeEntries } from './root-files.ts';

function overlayOf(directory: string): Buffer {
  try {
    return writeCpio(treeEntries(directory));
  } catch (error) {
    throw new EnvironmentError(
      {
        who: directory,
        what: `cannot be laid over a root file system: ${messageOf(error)}`,
        remedy: 'give a directory in the layout of a root file system',
      },
      { cause: error },
    );
  }
}

/**
 * An initial root file system with the files of `overlay` laid over it, kept in `cache` by its
 * content. Linux takes archives one behind the other, and of one path the last.
 * @throws EnvironmentError when the directory cannot be read.
 */
export async function overlaidRamdisk(
  root: ImageFile,
  overlay: string,
  cache: string,
): Promise<ImageFile> {
  const added = overlayOf(overlay);
  const sha256 = createHash('sha256').update(root.sha256).update(added).digest('hex');
  const path = join(cache, `ramdisk-${sha256.slice(0, 16)}.cpio`);
  if (!existsSync(path)) {
    await mkdir(cache, { recursive: true });
    const partial = `${path}.${randomBytes(4).toString('hex')}.partial`;
    await writeFile(partial, Buffer.concat([await readFile(root.path), added]));
    await rename(partial, path);
  }
  return { path, sha256 };
}
