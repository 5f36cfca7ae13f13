// SPDX-License-Identifier: Apache-2.0
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lint } from '../lint/lint.ts';
import type { LintTarget } from '../lint/target.ts';
import { EnvironmentError } from '../support/errors.ts';
import { importFiles } from './configuration-files.ts';
import { disagrees, judge, type Judged } from './judge.ts';
import type { Observer } from './observer.ts';
import type { Result, Results } from './results.ts';

/** A configuration that was booted, held against what lint says of the very files now. */
export interface Compared {
  readonly result: Result;
  readonly judged: Judged;
}

/** Lints what was booted; no boot. */
export function compare(result: Result, target: LintTarget): Compared {
  const findings = lint({ target, ...importFiles(result.files) });
  return { result, judged: judge(findings, result.observation) };
}

/** What is generated, booted and compared. */
export interface AgreementOptions {
  /** Generates and tries; each worker has one of its own. */
  readonly observer: () => Observer;
  /** The Xen that lint is told of: the one that is booted. */
  readonly target: LintTarget;
  readonly seed: string;
  /** Configurations in all, those of earlier sittings included. */
  readonly count: number;
  readonly workers: number;
  /** Evidence of those that disagree is kept here. */
  readonly directory: string;
  readonly results: Results;
  /** Begins no boot after so many milliseconds. Default: never. */
  readonly forMs?: number | undefined;
  readonly onResult?: (compared: Compared) => void;
  /** A boot that says nothing: it is tried again by the next run. */
  readonly onSpoiled?: (index: number, error: EnvironmentError) => void;
}

/** So many boots that the host spoils end a run, unless they are fewer than one in twenty. */
const spoiledAtMost = 5;

const subjectOf = (facts: Readonly<Record<string, string>>): string =>
  ['image:xen', 'image:probe'].map((key) => facts[key] ?? '').join(' ');

/** The numbers that are still to be booted. */
function openIndexes({ results, seed, count }: AgreementOptions): number[] {
  const done = new Set(results.all.filter((one) => one.seed === seed).map(({ index }) => index));
  const numbers = Array.from({ length: count }, (_unused, index) => index);
  return numbers.filter((index) => !done.has(index));
}

async function one(
  options: AgreementOptions,
  observer: Observer,
  index: number,
): Promise<Compared> {
  const { target, seed, directory, results } = options;
  const evidence = join(directory, `running-${index}`);
  await rm(evidence, { recursive: true, force: true });
  const { mistake, files, observation, facts } = await observer.observe(index, evidence);
  const subject = subjectOf(facts);
  results.checkSubject(subject);
  const result = { index, seed, subject, mistake, files, observation };
  results.add(result);
  const compared = compare(result, target);
  const kept = join(directory, `disagrees-${index}`);
  await rm(kept, { recursive: true, force: true });
  if (disagrees(compared.judged.agreement)) await rename(evidence, kept);
  else await rm(evidence, { recursive: true, force: true });
  return compared;
}

/**
 * Boots generated configurations, right ones and wrong ones, until there are so many; each is linted
 * from the files that were booted. What was booted before counts.
 * @throws EnvironmentError for what the host lacks, MisuseError when an earlier sitting booted
 * something else: what came before stays.
 */
export async function agreement(options: AgreementOptions): Promise<void> {
  const open = openIndexes(options);
  const until = performance.now() + (options.forMs ?? Infinity);
  const seen = { booted: 0, spoiled: 0 };
  let stop = false;
  const next = async (observer: Observer, index: number): Promise<void> => {
    try {
      const compared = await one(options, observer, index);
      options.onResult?.(compared);
      seen.booted++;
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      seen.spoiled++;
      if (seen.spoiled > Math.max(spoiledAtMost, seen.booted / 20)) throw error;
      options.onSpoiled?.(index, error);
    }
  };
  const work = async (): Promise<void> => {
    const observer = options.observer();
    try {
      while (!stop && performance.now() < until) {
        const index = open.shift();
        if (index === undefined) return;
        await next(observer, index);
      }
    } catch (error) {
      stop = true;
      throw error;
    } finally {
      await observer.dispose();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: options.workers }, work));
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
}
