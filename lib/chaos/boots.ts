// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../support/errors.ts';
import { ChaosLab } from './chaos-lab.ts';
import { type Passed, twoDomains } from './subjects.ts';

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
  const { directory } = options;
  await using lab = await ChaosLab.start(join(directory, 'lab'), {
    transient: false,
    system: 'domains',
  });
  const run = await lab.startRun();
  return await bootOften(options, {
    boot: (evidence) => twoDomains(run.board, evidence, nothing),
    end: async () => {
      await run.kill();
      return lab.untilReleased();
    },
  });
}

/** What a run of boots consists of. */
export interface BootsRun {
  readonly boot: (evidence: string) => Promise<Passed>;
  /** Ends the run; gives what is not as a run has to leave a board. */
  readonly end: () => Promise<string | undefined>;
}

/** Boots over and over; the end of the run is that of its last boot, and is judged with it. */
export async function bootOften(
  { count, directory, onBoot }: BootsOptions,
  { boot, end }: BootsRun,
): Promise<readonly CleanBoot[]> {
  const boots: CleanBoot[] = [];
  const evidence = join(directory, 'boot');
  let ended = false;
  try {
    for (let number = 1; number <= count; number++) {
      await rm(evidence, { recursive: true, force: true });
      let one = await bootOnce(number, () => boot(evidence));
      if (number === count) {
        ended = true;
        const left = await end();
        one = { ...one, error: one.error ?? left };
      }
      boots.push(one);
      onBoot?.(one);
      if (unexplained(one)) await keep(evidence, join(directory, `boot-${number}`));
    }
  } finally {
    if (!ended) await end();
  }
  return boots;
}

/** Keeps what is not explained, in the place of what an earlier run kept. */
async function keep(evidence: string, place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  // A boot may fail before it has evidence.
  if (existsSync(evidence)) await rename(evidence, place);
}

const nothing = (): Promise<void> => Promise.resolve();

/** Whether a boot with which nothing was wrong did not come up at once. */
export function unexplained({ error, failedAttempts }: CleanBoot): boolean {
  return error !== undefined || failedAttempts.length > 0;
}

async function bootOnce(number: number, boot: () => Promise<Passed>): Promise<CleanBoot> {
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
