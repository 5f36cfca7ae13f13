// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { type Observation, observationSchema } from './observation.ts';

const storeSchema = z.object({
  schemaVersion: z.literal(1),
  /** By what was run; in the order in which it was. */
  observations: z.record(z.string(), z.array(observationSchema)),
});

type Stored = z.infer<typeof storeSchema>;

function unusable(file: string, what: string, cause: unknown, remedy: string): EnvironmentError {
  return new EnvironmentError({ who: 'bisect', what, where: file, remedy }, { cause });
}

function read(file: string): Stored {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { schemaVersion: 1, observations: {} };
    const what = `what is known cannot be read: ${messageOf(error)}`;
    throw unusable(file, what, error, `see that you may read ${file}`);
  }
  try {
    return storeSchema.parse(JSON.parse(text));
  } catch (error) {
    const [why = ''] = messageOf(error).split('\n');
    const what = `what is known cannot be read: ${why}`;
    throw unusable(file, what, error, 'delete it, or run with --fresh to begin anew');
  }
}

/** What could not be written may be where nothing can be deleted either. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The error that led here is told.
  }
}

/** What runs have shown, by what was run; in the order in which it was. */
export interface KnownRuns {
  of(key: string): readonly Observation[];
  add(key: string, observation: Observation): void;
}

/**
 * What runs have shown, kept by what was run: whoever asks again is answered from here. The file is
 * whole at any moment, so that a bisection may be ended at any.
 */
export class ObservationStore implements KnownRuns {
  readonly #file: string;
  readonly #observations: Map<string, Observation[]>;

  /** @throws EnvironmentError for a file that cannot be read, or is not whole. */
  constructor(file: string, fresh = false) {
    this.#file = file;
    this.#observations = new Map(fresh ? [] : Object.entries(read(file).observations));
  }

  of(key: string): readonly Observation[] {
    return this.#observations.get(key) ?? [];
  }

  /** @throws EnvironmentError when the disk does not take it. */
  add(key: string, observation: Observation): void {
    this.#observations.set(key, [...this.of(key), observation]);
    const stored: Stored = {
      schemaVersion: 1,
      observations: Object.fromEntries(this.#observations),
    };
    const aside = `${this.#file}.${process.pid}.new`;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeFileSync(aside, `${JSON.stringify(stored)}\n`, { flush: true });
      renameSync(aside, this.#file);
    } catch (error) {
      discard(aside);
      const what = `what is known cannot be written: ${messageOf(error)}`;
      throw unusable(
        this.#file,
        what,
        error,
        `make room in ${dirname(this.#file)}; what came before is kept`,
      );
    }
  }
}
