// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, stat } from 'node:fs/promises';
import { constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DeviceTree, printSource, writeBlob } from '../dt/index.ts';
import { writeEvidence } from '../host/evidence-files.ts';
import { plainValue } from '../import/xl-config-of.ts';
import { parseXl } from '../import/xl-syntax.ts';
import { parseShellConfig } from '../import/shell-config.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import type { SourceText } from '../support/source-text.ts';

/** A file of a mixture of two configurations. */
export type MixedFile = {
  readonly name: string;
  /** Whether its owner may execute it; undefined: no. */
  readonly executable?: boolean;
} & (
  | { readonly kind: 'tree'; readonly tree: DeviceTree }
  | { readonly kind: 'xl' | 'image-builder' | 'script'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'whole' | 'included';
      /** Where its bytes are. */
      readonly path: string;
      readonly sha256: string;
      /** In bytes. */
      readonly size: number;
    }
);

/** What lies between two configurations: files that somebody might have. */
export interface Mixture {
  /** The same for what says the same. */
  readonly key: string;
  readonly files: readonly MixedFile[];
  /** A directory that has just these files, as their author wrote them. */
  readonly asWritten?: ReadonlyMap<string, string> | undefined;
}

/** The tree by its content: what is written in another way and says the same has the same. */
export const keyOfTree = (tree: DeviceTree): string =>
  createHash('sha256').update(writeBlob(tree)).digest('hex');

const sourceOf = ({ name: file }: MixedFile, text: string): SourceText => ({ file, text });

/** What a file says, without how it is written. */
function saysOf(file: MixedFile): unknown {
  switch (file.kind) {
    case 'tree':
      return keyOfTree(file.tree);
    case 'xl':
      return parseXl(sourceOf(file, file.text)).settings.map(({ name, operator, value }) => [
        ...[name, operator],
        plainValue(value),
      ]);
    case 'image-builder':
      return parseShellConfig(sourceOf(file, file.text)).settings.map(({ name, index, value }) => [
        ...[name, index],
        value,
      ]);
    case 'script':
    case 'text':
      return createHash('sha256').update(file.text).digest('hex');
    case 'whole':
      return file.sha256;
    case 'included':
      return undefined;
  }
}

/** By what the files say. */
export function keyOfFiles(files: readonly MixedFile[]): string {
  const said = files
    .map((file): [string, unknown, ...unknown[]] => [
      ...([file.name, saysOf(file)] as const),
      ...(file.executable === true ? ['executable'] : []),
    ])
    .filter(([, says]) => says !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/** A mixture that the disk does not take: it ends a bisection, for no other would be taken. */
export class UnwrittenError extends EnvironmentError {}

/** Lets whoever may read a file execute it, or nobody, where that is not so. */
async function setExecutable(path: string, executable: boolean): Promise<void> {
  const { mode } = await stat(path);
  if (((mode & 0o100) !== 0) === executable) return;
  await chmod(path, executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111);
}

async function write(directory: string, file: MixedFile, asWritten?: string): Promise<void> {
  await writeContent(directory, file, asWritten);
  await setExecutable(join(directory, file.name), file.executable === true);
}

async function writeContent(
  directory: string,
  file: MixedFile,
  asWritten: string | undefined,
): Promise<void> {
  const path = join(directory, file.name);
  await mkdir(dirname(path), { recursive: true });
  const original = asWritten ?? ('path' in file ? file.path : undefined);
  if (original !== undefined) {
    await copyFile(original, path, constants.COPYFILE_FICLONE);
    return;
  }
  if (file.kind === 'tree')
    await writeEvidence(
      path,
      file.name.endsWith('.dts') ? printSource(file.tree) : writeBlob(file.tree),
    );
  else if ('text' in file) await writeEvidence(path, file.text);
}

/** A directory of ours in which one mixture after the other lies. Gone when disposed of, or at exit. */
export class MixtureDirectory implements Disposable {
  /** Where a mixture is. */
  readonly path: string;
  readonly #root: string;
  readonly #remove = (): void => {
    rmSync(this.#root, { recursive: true, force: true });
  };

  constructor(parent = tmpdir()) {
    try {
      this.#root = mkdtempSync(join(parent, `crosspage-mixture-${process.pid}-`));
    } catch (error) {
      throw new UnwrittenError(
        {
          who: parent,
          what: `no directory can be made there: ${messageOf(error)}`,
          remedy: 'free space there, or set TMPDIR to a directory that has some',
        },
        { cause: error },
      );
    }
    this.path = join(this.#root, 'configuration');
    process.once('exit', this.#remove);
  }

  /**
   * Puts a mixture there, and nothing else.
   * @throws UnwrittenError when the disk does not take it.
   */
  async lay({ files, asWritten }: Mixture): Promise<void> {
    rmSync(this.path, { recursive: true, force: true });
    try {
      for (const file of files) await write(this.path, file, asWritten?.get(file.name));
    } catch (error) {
      rmSync(this.path, { recursive: true, force: true });
      throw new UnwrittenError(
        {
          who: 'bisect',
          what: 'a mixture of the two configurations cannot be written',
          lastSeen: messageOf(error),
          where: this.#root,
          remedy:
            'free space there, or set TMPDIR to a directory that has some, and run the same command again: what is known is kept',
        },
        { cause: error },
      );
    }
  }

  [Symbol.dispose](): void {
    process.removeListener('exit', this.#remove);
    this.#remove();
  }
}
