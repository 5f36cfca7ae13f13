// SPDX-License-Identifier: Apache-2.0
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../support/errors.ts';
import { ChaosLab } from './chaos-lab.ts';
import { twoDomains } from './subjects.ts';

/** Stages of a boot as they follow each other, each with its milliseconds. */
export type StageTimes = ReadonlyMap<string, number>;

/** A boot with which nothing was wrong. */
export interface CleanBoot {
  /** Counts from 1. */
  readonly number: number;
  readonly stages: StageTimes;
  readonly tookMs: number;
  /** Why earlier attempts failed; empty when the first came up. */
  readonly failedAttempts: readonly string[];
  /** The error that it ended with; undefined when it came up and was well. */
  readonly error: string | undefined;
}

/** What is to be booted so often, and where it is kept. */
export interface BootsOptions {
  readonly count: number;
  readonly directory: string;
  readonly onBoot?: (boot: CleanBoot) => void;
}

const factOfStage = /^board-stage-(.*)-ms$/;

/** How long each stage took, from the times at which they were reached. */
function durations(
  facts: Readonly<Record<string, string>>,
  reached: ReadonlyMap<string, number>,
): StageTimes {
  const climbed = Object.entries(facts).flatMap(([key, value]): [string, number][] => {
    const stage = factOfStage.exec(key)?.[1];
    return stage === undefined ? [] : [[stage, Number(value)]];
  });
  const started = reached.get('started') ?? 0;
  const ready = reached.get('ready') ?? started;
  let before = 0;
  const times = new Map<string, number>();
  for (const [stage, at] of climbed) {
    times.set(stage, at - before);
    before = at;
  }
  return times.set('domains', ready - started);
}

/** Boots a board with which nothing is wrong, over and over, all of it in one run. */
export async function cleanBoots(options: BootsOptions): Promise<readonly CleanBoot[]> {
  const { count, directory, onBoot } = options;
  const boots: CleanBoot[] = [];
  await using lab = await ChaosLab.start(join(directory, 'lab'), {
    transient: false,
    system: 'domains',
  });
  const run = await lab.startRun();
  const evidence = join(directory, 'boot');
  try {
    for (let number = 1; number <= count; number++) {
      await rm(evidence, { recursive: true, force: true });
      const boot = await bootOnce(number, () => twoDomains(run.board, evidence, nothing));
      boots.push(boot);
      // What is not explained is kept.
      if (unexplained(boot)) await rename(evidence, join(directory, `boot-${number}`));
      onBoot?.(boot);
    }
  } finally {
    await run.kill();
    await lab.untilReleased();
  }
  return boots;
}

const nothing = (): Promise<void> => Promise.resolve();

/** Whether a boot with which nothing was wrong did not come up at once. */
export function unexplained({ error, failedAttempts }: CleanBoot): boolean {
  return error !== undefined || failedAttempts.length > 0;
}

async function bootOnce(
  number: number,
  boot: () => ReturnType<typeof twoDomains>,
): Promise<CleanBoot> {
  const startMs = performance.now();
  const tookMs = (): number => performance.now() - startMs;
  try {
    const { facts, stages } = await boot();
    const failedAttempts = Object.entries(facts)
      .filter(([key]) => key.startsWith('boot-attempt-'))
      .map(([, why]) => why);
    const error = undefined;
    return { number, stages: durations(facts, stages), tookMs: tookMs(), failedAttempts, error };
  } catch (error) {
    const stages = new Map<string, number>();
    return { number, stages, tookMs: tookMs(), failedAttempts: [], error: messageOf(error) };
  }
}

/** Median and greatest duration of each stage, in milliseconds, and of the whole. */
export function figures(boots: readonly CleanBoot[]): StageFigures[] {
  const well = boots.filter(({ error }) => error === undefined);
  const names = [...(well[0]?.stages.keys() ?? [])];
  const of = (stage: string, times: readonly number[]): StageFigures => {
    const sorted = [...times].sort((a, b) => a - b);
    return { stage, medianMs: sorted[sorted.length >> 1] ?? 0, maxMs: sorted.at(-1) ?? 0 };
  };
  return [
    ...names.map((name) =>
      of(
        name,
        well.map(({ stages }) => stages.get(name) ?? 0),
      ),
    ),
    of(
      'boot and test',
      well.map(({ tookMs }) => tookMs),
    ),
  ];
}

/** How long a stage took over many boots. */
export interface StageFigures {
  readonly stage: string;
  readonly medianMs: number;
  readonly maxMs: number;
}
