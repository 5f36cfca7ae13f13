// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { EnvironmentError } from '../support/errors.ts';
import { readJson } from './read-json.ts';

const lockedFile = z.strictObject({
  package: z.string(),
  version: z.string(),
  suite: z.string(),
  architecture: z.string(),
  /** Below a mirror's root. Never with a host. */
  pool: z.string().regex(/^pool\/[^:]+$/, 'expected a path below pool/'),
  size: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
  licence: z.string(),
});

const lockedVersion = z.strictObject({
  suite: z.string(),
  version: z.string(),
  /** Why the mirror did not have the files when the lock was written. */
  missing: z.string().optional(),
  /** What vouches for the hashes where no signed index that is at hand has them any more. */
  vouchedBy: z.string().optional(),
  files: z.array(lockedFile).min(1),
});

const lockedImage = lockedVersion.extend({
  /** What is taken, in this order, where the mirror does not have the version above. */
  fallbacks: z.array(lockedVersion).optional(),
});

const lockSchema = z.strictObject({
  formatVersion: z.literal(1),
  images: z.record(z.string(), lockedImage),
});

/** images/lock.json: which files exactly the images are made of. */
export type Lock = z.infer<typeof lockSchema>;
/** What one image is made of. */
export type LockedImage = z.infer<typeof lockedImage>;
/** One version of what an image is made of. */
export type LockedVersion = z.infer<typeof lockedVersion>;
/** One file in Debian's pool. */
export type LockedFile = z.infer<typeof lockedFile>;

const remedy = 'restore the file, or write it anew with: npx crosspage images update';

/**
 * Reads the lock.
 * @throws MisuseError with the path of each key that is wrong or unknown.
 */
export function readLock(file: string): Lock {
  return readJson(file, lockSchema, remedy);
}

/** {@link readLock}, or an empty lock when there is none yet. */
export function readLockIfAny(file: string): Lock {
  return existsSync(file) ? readLock(file) : { formatVersion: 1, images: {} };
}

/** Writes the lock, whole or not at all. */
export async function writeLock(file: string, lock: Lock): Promise<void> {
  // Parsing puts keys into the order of the schema: a lock that was resolved again differs only
  // where its content does.
  const images = Object.fromEntries(
    Object.entries(lockSchema.parse(lock).images).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  await writeFile(`${file}.new`, `${JSON.stringify({ ...lock, images }, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

/**
 * The lock's entry of one image.
 * @throws EnvironmentError when the lock has none.
 */
export function lockedImageOf(lock: Lock, image: string): LockedImage {
  const entry = lock.images[image];
  if (entry !== undefined) return entry;
  throw new EnvironmentError({
    who: image,
    what: 'images/lock.json does not say which files it is made of',
    remedy: `run: npx crosspage images update ${image}`,
  });
}
