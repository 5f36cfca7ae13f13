// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { withLock } from '../host/locks.ts';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { notWritten, writeWhole } from './kept-file.ts';
import { type Observation, observationSchema } from './observation.ts';

/** What a store's file holds, for errors. */
const what = 'what is known';

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

/** A file that cannot be read tells nothing, where nothing would be believed. */
function readOrNone(file: string): Stored {
  try {
    return read(file);
  } catch {
    return { schemaVersion: 1, observations: {} };
  }
}

/** Of so many things what their runs have shown is kept: those that were asked about last. */
const mostKept = 5000;

/** What runs have shown, by what was run; in the order in which it was. */
export interface KnownRuns {
  of(key: string): readonly Observation[];
  add(key: string, observation: Observation): Promise<void>;
}

/** More than all that add in one moment take. */
const patienceMs = 60_000;

/**
 * What runs have shown, kept by what was run: whoever asks again is answered from here. The file is
 * whole at any moment, so that a bisection may be ended at any, and what several add at once is all
 * in it.
 */
export class ObservationStore implements KnownRuns {
  readonly #file: string;
  #observations: Map<string, Observation[]>;
  /** What was asked about, in that order. */
  readonly #asked = new Set<string>();
  /** What was run anew since nothing is believed; undefined where all is. */
  readonly #anew: Set<string> | undefined;

  /**
   * @param fresh believe nothing of what is kept. Of what is asked about, it is forgotten once that has
   * been run anew; of all else it stays, for other bisections with the same test.
   * @throws EnvironmentError for a file that cannot be read, or is not whole.
   */
  constructor(file: string, fresh = false) {
    this.#file = file;
    this.#anew = fresh ? new Set() : undefined;
    this.#observations = new Map(Object.entries((fresh ? readOrNone : read)(file).observations));
  }

  of(key: string): readonly Observation[] {
    this.#asked.delete(key);
    this.#asked.add(key);
    const known = this.#observations.get(key);
    if (known === undefined) return [];
    // What is asked about is the last to go.
    this.#observations.delete(key);
    this.#observations.set(key, known);
    return this.#anew?.has(key) === false ? [] : known;
  }

  /** @throws EnvironmentError when the disk does not take it. */
  async add(key: string, observation: Observation): Promise<void> {
    // Without a pause, so that no signal comes between: who is killed has written all or nothing.
    const act = (): Promise<void> => {
      this.#add(key, observation);
      return Promise.resolve();
    };
    await withLock(`${this.#file}.lock`, { deadline: Deadline.after(patienceMs) }, act).catch(
      (error: unknown) => {
        throw error instanceof EnvironmentError ? error : notWritten(this.#file, what, error);
      },
    );
  }

  #add(key: string, observation: Observation): void {
    this.#takeOver();
    const known = this.of(key);
    this.#anew?.add(key);
    this.#observations.delete(key);
    this.#observations.set(key, [...known, observation]);
    const kept = [...this.#observations].slice(-mostKept);
    const stored: Stored = { schemaVersion: 1, observations: Object.fromEntries(kept) };
    writeWhole(this.#file, `${JSON.stringify(stored)}\n`, what);
  }

  /** What another bisection has added to the file since stays there, and is known here too. */
  #takeOver(): void {
    const there = new Map(Object.entries(readOrNone(this.#file).observations));
    for (const [key, known] of this.#observations) if (!there.has(key)) there.set(key, known);
    this.#observations = there;
    for (const key of this.#asked) {
      const known = there.get(key);
      if (known === undefined) continue;
      there.delete(key);
      there.set(key, known);
    }
  }
}
