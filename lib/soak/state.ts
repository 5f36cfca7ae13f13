// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { EnvironmentError, messageOf } from '../support/errors.ts';

const count = z.int().nonnegative();

const stateSchema = z.object({
  schemaVersion: z.literal(1),
  /** What is booted: its hashes. Boots of something else are not counted with these. */
  subject: z.string().optional(),
  /** Boots that have ended, each with its verdict. */
  boots: count,
  alarms: z.array(z.object({ boot: count, message: z.string(), evidence: z.string() })),
  records: z.object({
    received: count,
    missing: count,
    damaged: count,
    repeated: count,
    stale: count,
  }),
  /** Milliseconds that the soak ran, over all its sittings. */
  busyMs: z.number().nonnegative(),
});

/** How far a soak has come: what its state file holds. */
export type SoakState = z.infer<typeof stateSchema>;

/** A soak that has not begun. */
export function freshState(): SoakState {
  const records = { received: 0, missing: 0, damaged: 0, repeated: 0, stale: 0 };
  return { schemaVersion: 1, boots: 0, alarms: [], records, busyMs: 0 };
}

/**
 * The state that `file` holds, or a fresh one where there is no file.
 * @throws EnvironmentError for a file that cannot be read, or is not whole.
 */
export function readState(file: string): SoakState {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return freshState();
    throw unusable(file, `its state cannot be read: ${messageOf(error)}`, error);
  }
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    const [why = ''] = messageOf(error).split('\n');
    const remedy = 'run it with --fresh to begin anew';
    throw unusable(file, `its state cannot be read: ${why}`, error, remedy);
  }
}

/**
 * Writes the state so that a reader finds the whole of it, or the one before.
 * @throws EnvironmentError for a full disk, a directory that is not writable, and the like.
 */
export function writeState(file: string, state: SoakState): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { flush: true });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw unusable(file, `its state cannot be written: ${messageOf(error)}`, error);
  }
}

function unusable(
  file: string,
  what: string,
  cause: unknown,
  remedy = `make ${dirname(file)} a directory with room, which you may read and write`,
): EnvironmentError {
  return new EnvironmentError({ who: 'soak', what, where: file, remedy }, { cause });
}
