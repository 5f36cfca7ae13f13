// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';
import type { ConfigurationFiles } from './configuration-files.ts';
import type { Observation } from './observe.ts';

const blob = z.string().describe('a file, deflated, in base64');

const rowSchema = z.object({
  index: z.int().nonnegative(),
  seed: z.string(),
  /** What was booted: hashes. */
  subject: z.string(),
  /** `null`: nothing is wrong. */
  mistake: z.string().nullable(),
  files: z.union([
    z.object({ texts: z.record(z.string(), blob) }),
    z.object({
      host: blob,
      partials: z.array(z.object({ file: z.string(), blob })),
      loads: z.array(
        z.object({ file: z.string(), address: z.string(), size: z.number().optional() }),
      ),
    }),
  ]),
  observation: z.object({
    kind: z.string(),
    text: z.string(),
    faults: z.array(z.object({ assertion: z.string(), message: z.string() })),
    proofs: z.record(z.string(), z.string()),
    tookMs: z.number(),
  }),
});

/** A configuration that was booted, with what came of it. */
export interface Result {
  readonly index: number;
  readonly seed: string;
  readonly subject: string;
  readonly mistake: string | undefined;
  readonly files: ConfigurationFiles;
  readonly observation: Observation;
}

const pack = (bytes: Uint8Array): string => deflateRawSync(bytes).toString('base64');
const unpack = (text: string): Uint8Array => inflateRawSync(Buffer.from(text, 'base64'));

type PackedFiles = z.infer<typeof rowSchema>['files'];

const changed = <T, U>(all: Readonly<Record<string, T>>, change: (one: T) => U) =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one)]));

function packFiles(files: ConfigurationFiles): PackedFiles {
  if ('texts' in files) return { texts: changed(files.texts, (text) => pack(Buffer.from(text))) };
  const { host, partials, loads } = files;
  return {
    host: pack(host),
    partials: partials.map((one) => ({ file: one.file, blob: pack(one.blob) })),
    loads: loads.map((load) => ({ ...load, address: String(load.address) })),
  };
}

function unpackFiles(files: PackedFiles): ConfigurationFiles {
  if ('texts' in files)
    return { texts: changed(files.texts, (one) => Buffer.from(unpack(one)).toString()) };
  const { host, partials, loads } = files;
  return {
    host: unpack(host),
    partials: partials.map((one) => ({ file: one.file, blob: unpack(one.blob) })),
    loads: loads.map(({ file, address, size }) => ({ file, address: BigInt(address), size })),
  };
}

function rowOf({ index, seed, subject, mistake, files, observation }: Result): string {
  const row: z.infer<typeof rowSchema> = {
    ...{ index, seed, subject, mistake: mistake ?? null },
    files: packFiles(files),
    observation: {
      ...observation,
      faults: [...observation.faults],
      proofs: { ...observation.proofs },
    },
  };
  return `${JSON.stringify(row)}\n`;
}

function resultOf(text: string): Result {
  const { mistake, files, observation, ...rest } = rowSchema.parse(JSON.parse(text));
  return {
    ...rest,
    mistake: mistake ?? undefined,
    files: unpackFiles(files),
    observation: { ...observation, kind: observation.kind as Observation['kind'] },
  };
}

/** What was booted in all sittings, a line of JSON each: whoever is interrupted loses one at most. */
export class Results {
  readonly file: string;
  readonly #all: Result[];

  /**
   * @throws EnvironmentError for a file that cannot be read, or has a line within that is damaged.
   */
  constructor(file: string, fresh = false) {
    this.file = file;
    if (fresh) rmSync(file, { force: true });
    this.#all = readAll(file);
  }

  get all(): readonly Result[] {
    return this.#all;
  }

  /** @throws MisuseError where earlier sittings booted something else. */
  checkSubject(subject: string): void {
    const other = this.#all.find((result) => result.subject !== subject);
    if (other === undefined) return;
    throw new MisuseError({
      who: 'agreement',
      what: 'what it boots has changed since it began: another hypervisor or another probe',
      where: this.file,
      remedy: 'run it with --fresh to begin anew',
    });
  }

  /** @throws EnvironmentError for a full disk, a directory that is not writable, and the like. */
  add(result: Result): void {
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      dropTorn(this.file);
      appendFileSync(this.file, rowOf(result));
    } catch (error) {
      throw unusable(this.file, `the result cannot be written: ${messageOf(error)}`, error);
    }
    this.#all.push(result);
  }
}

/** Cuts off what was not written to its line's end. */
function dropTorn(file: string): void {
  if (!existsSync(file)) return;
  const content = readFileSync(file);
  const end = content.lastIndexOf(0x0a) + 1;
  if (end < content.length) truncateSync(file, end);
}

function readAll(file: string): Result[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unusable(file, `it cannot be read: ${messageOf(error)}`, error);
  }
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [resultOf(line)];
    } catch (error) {
      // The last line has no end where the machine stopped while it was written.
      if (index === lines.length - 1) return [];
      const [why = ''] = messageOf(error).split('\n');
      const place = `${file}:${index + 1}`;
      throw unusable(place, `it is no result: ${why}`, error, 'run it with --fresh to begin anew');
    }
  });
}

function unusable(
  file: string,
  what: string,
  cause: unknown,
  remedy = `make ${dirname(file)} a directory with room, which you may read and write`,
): EnvironmentError {
  return new EnvironmentError({ who: 'agreement', what, where: file, remedy }, { cause });
}
