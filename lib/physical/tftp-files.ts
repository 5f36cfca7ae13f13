// SPDX-License-Identifier: Apache-2.0
import { copyFile, chmod, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { crc32 } from 'node:zlib';
import type { LoadedFile } from '../boot-files/boot-files.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';

/** A file as the board asks for it, and what it must be when it has come. */
export interface ServedFile {
  /** As the server knows it. */
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  readonly crc32: number;
}

/** Files of one boot in the directory of a TFTP server, under a name that no other boot has. */
export class TftpFiles implements AsyncDisposable {
  readonly files: readonly ServedFile[];
  readonly #directory: string;

  private constructor(directory: string, files: readonly ServedFile[]) {
    this.#directory = directory;
    this.files = files;
  }

  /**
   * Puts the files there. `prefix` is what the server wants before a name.
   * @throws EnvironmentError when the directory does not take them.
   */
  static async publish(
    who: string,
    root: string,
    prefix: string,
    run: string,
    files: readonly LoadedFile[],
  ): Promise<TftpFiles> {
    // Short: U-Boot reads a command from a line that loses bytes.
    const folder = `cp-${run}`;
    const directory = join(root, folder);
    const refused = (error: unknown): EnvironmentError =>
      new EnvironmentError(
        {
          who,
          what: `the directory of the TFTP server does not take the files of this boot: ${messageOf(error)}`,
          where: root,
          remedy:
            'give yourself the right to write there, or correct tftp.directory in the lab file',
        },
        { cause: error },
      );
    await mkdir(directory).catch((error: unknown) => {
      throw refused(error);
    });
    try {
      const served: ServedFile[] = [];
      for (const { name, path, address } of files) {
        const copy = join(directory, name);
        await copyFile(path, copy);
        await chmod(copy, 0o644);
        const bytes = await readFile(copy);
        const { size } = await stat(copy);
        const asked = posix.join(prefix, folder, name);
        served.push({ name: asked, address, size, crc32: crc32(bytes) });
      }
      return new TftpFiles(directory, served);
    } catch (error) {
      await rm(directory, { recursive: true, force: true }).catch(() => undefined);
      throw refused(error);
    }
  }

  /** Removes them. */
  async dispose(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** {@link TftpFiles.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
