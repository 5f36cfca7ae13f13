// SPDX-License-Identifier: Apache-2.0
import { open } from 'node:fs/promises';
import { EnvironmentError, messageOf } from '../support/errors.ts';

/** "ARM\x64" at offset 56 of an arm64 Image (Linux, Documentation/arch/arm64/booting.rst). */
const magic = 0x644d_5241;

/**
 * Sizes of an image in bytes: of its file, and of the memory it takes, which an arm64 Image says
 * at offset 16 because its .bss is not in the file.
 * @throws EnvironmentError when it cannot be read or is no arm64 Image.
 */
export async function bootSize(path: string): Promise<{ file: number; memory: number }> {
  try {
    await using file = await open(path);
    const header = Buffer.alloc(64);
    const { size } = await file.stat();
    const { bytesRead } = await file.read(header, 0, 64, 0);
    if (bytesRead < 64 || header.readUInt32LE(56) !== magic)
      throw new Error('it has no arm64 Image header');
    return { file: size, memory: Math.max(size, Number(header.readBigUInt64LE(16))) };
  } catch (error) {
    throw new EnvironmentError(
      {
        who: path,
        what: `is not an image that can be booted: ${messageOf(error)}`,
        remedy: 'run `npx crosspage images build`, or give another file',
      },
      { cause: error },
    );
  }
}
