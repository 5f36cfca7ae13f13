// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';
import type { Between } from './bisection.ts';
import type { Change, Has, Mixer } from './change.ts';
import type { ConfigurationEnd, EndFile } from './configuration-end.ts';
import { faultsOfFiles } from './exists.ts';
import { compareFiles, wholeFile } from './file-changes.ts';
import { keyOfFiles, type MixedFile, type Mixture } from './mixture.ts';
import type { Observation } from './observation.ts';
import { interleaved } from './order.ts';

/** Runs the test on a configuration; rejects with EnvironmentError where nothing can be said of it. */
export type Oracle = (mixture: Mixture) => Promise<Observation>;

/** Two configurations, what differs, and the mixtures of them. */
export interface Difference {
  readonly changes: readonly Change[];
  readonly between: Between;
  readonly mixed: (changes: readonly number[]) => Mixture;
}

/** Which files a test reads; what differs in the others is no change. */
export type Reads = (file: EndFile) => boolean;

/** Files of both ends under one name; the only host tree of each is the same one under any name. */
function pairFiles(
  good: ConfigurationEnd,
  bad: ConfigurationEnd,
): readonly (readonly [EndFile | undefined, EndFile | undefined])[] {
  const alone = (end: ConfigurationEnd, other: ConfigurationEnd): EndFile[] =>
    [...end.files.values()].filter(
      ({ name, content }) => content.kind === 'tree' && !other.files.has(name),
    );
  const [gone, come] = [alone(good, bad), alone(bad, good)];
  const renamed = gone.length === 1 && come.length === 1 ? gone[0] : undefined;
  const second = new Map(
    [...bad.files].map(([name, file]) => [file === come[0] ? (renamed?.name ?? name) : name, file]),
  );
  const names = interleaved([...good.files.keys()], [...second.keys()]);
  return names.map((name) => [good.files.get(name), second.get(name)] as const);
}

/** An end as it is written. */
export function endMixture({ files }: ConfigurationEnd, reads: Reads): Mixture {
  const all = [...files.values()];
  return {
    key: keyOfFiles(all.filter(reads).map(wholeFile)),
    files: all.map(wholeFile),
    asWritten: new Map(all.map(({ name, path }) => [name, path])),
  };
}

/** Everything that lies between two ends: every file, by itself, in any mixture. */
class Comparison {
  readonly changes: Change[] = [];
  readonly #good: ConfigurationEnd;
  readonly #bad: ConfigurationEnd;
  readonly #reads: Reads;
  readonly #mixers: readonly Mixer<MixedFile>[];

  constructor(good: ConfigurationEnd, bad: ConfigurationEnd, reads: Reads) {
    [this.#good, this.#bad, this.#reads] = [good, bad, reads];
    this.#mixers = pairFiles(good, bad).map(([from, to]) => {
      const read = [from, to].some((file) => file !== undefined && reads(file));
      if (read) return compareFiles(from, to, this.changes);
      const file = from && wholeFile(from);
      return () => file;
    });
  }

  mixed(chosen: readonly number[]): Mixture {
    if (chosen.length === 0) return endMixture(this.#good, this.#reads);
    if (chosen.length === this.changes.length) return endMixture(this.#bad, this.#reads);
    const set = new Set(chosen);
    const has: Has = (change) => set.has(change);
    const files = this.#mixers.flatMap((mixer) => mixer(has) ?? []);
    const read = files.filter(({ name }) => {
      const file = this.#good.files.get(name) ?? this.#bad.files.get(name);
      return file !== undefined && this.#reads(file);
    });
    const unchanged = (): ReadonlyMap<string, string> => this.#unchanged(files);
    return {
      files,
      get key() {
        return keyOfFiles(read);
      },
      get asWritten() {
        return unchanged();
      },
    };
  }

  /** Files that are as in the good end are there as their author wrote them. */
  #unchanged(files: readonly MixedFile[]): ReadonlyMap<string, string> {
    return new Map(
      files.flatMap((file) => {
        const own = this.#good.files.get(file.name);
        const same = own !== undefined && keyOfFiles([file]) === keyOfFiles([wholeFile(own)]);
        return same ? [[file.name, own.path] as const] : [];
      }),
    );
  }
}

/**
 * What lies between two configurations.
 * @throws MisuseError when they say the same.
 */
export function differenceOf(
  good: ConfigurationEnd,
  bad: ConfigurationEnd,
  oracle: Oracle,
  reads: Reads = () => true,
): Difference {
  const comparison = new Comparison(good, bad, reads);
  const { changes } = comparison;
  if (changes.length === 0)
    throw new MisuseError({
      who: `${good.directory} and ${bad.directory}`,
      what: 'say the same: there is nothing between them',
      remedy: 'give two configurations that differ in what is tried',
    });
  const names = new Set([...good.files.keys(), ...bad.files.keys()]);
  const ends = [[], changes.map((_change, index) => index)].map((all) => comparison.mixed(all));
  const allowed = new Set(ends.flatMap(({ files }) => [...faultsOfFiles(files, names)]));
  const known = new Map<string, boolean>();
  const exists = (chosen: readonly number[]): boolean => {
    const key = chosen.join();
    const there = known.get(key) ?? canBe(comparison.mixed(chosen).files, names, allowed);
    known.set(key, there);
    return there;
  };
  return {
    changes,
    mixed: (chosen) => comparison.mixed(chosen),
    between: {
      count: changes.length,
      exists,
      mixture: (chosen) => {
        const mixture = comparison.mixed(chosen);
        return { key: mixture.key, run: () => oracle(mixture) };
      },
    },
  };
}

/** Whether a mixture has no fault that neither end has. */
function canBe(
  files: readonly MixedFile[],
  names: ReadonlySet<string>,
  allowed: ReadonlySet<string>,
): boolean {
  try {
    return [...faultsOfFiles(files, names)].every((fault) => allowed.has(fault));
  } catch (error) {
    if (error instanceof MisuseError) return false;
    throw error;
  }
}
