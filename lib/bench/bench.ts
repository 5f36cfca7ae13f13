// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Board } from '../boards/board.ts';
import { bootSystem } from '../boot/boot.ts';
import type { System } from '../boot/system.ts';
import { addressPattern } from '../probe/patterns.ts';
import { Deadline } from '../support/deadline.ts';
import { PAGE } from '../support/units.ts';
import type { SystemSpec } from '../xen/spec.ts';
import { type BareBoot, bareBoot } from './bare-boot.ts';
import { runnerPerSecond } from './runner.ts';
import { median, percentile } from '../support/statistics.ts';

/** The system that is measured: two domains that share a page. */
const spec: SystemSpec = {
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
};

/** Milliseconds of many measurements. */
export interface Spread {
  readonly median: number;
  readonly p99: number;
}

/** Boots and tests per second, so many at once. */
export interface Throughput {
  readonly workers: number;
  readonly barePerSecond: number;
  readonly testsPerSecond: number;
  readonly ratio: number;
}

/** Figures of one run. */
export interface BenchFigures {
  readonly boots: number;
  /** Start to the last domain's ready line: bare QEMU, and until the harness has the system. */
  readonly bareReady: Spread;
  readonly ready: Spread;
  readonly readyRatio: number;
  readonly throughput: readonly Throughput[];
  /** Command round trips: nothing, and 512 words that are loaded and compared. */
  readonly ping: Spread;
  readonly check: Spread;
  /** Reading the stage-2 tables of both domains: for the first time in a boot, and again. */
  readonly stage2: { readonly first: Spread; readonly again: Spread };
}

/** What is measured, and where. */
export interface BenchOptions {
  readonly board: Board;
  /** Of each kind. */
  readonly boots: number;
  /** The project's directory, for the runner. */
  readonly root: string;
  readonly say: (text: string) => void;
}

const budgetMs = 30_000;
const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  p99: percentile(values, 0.99),
});

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const startMs = performance.now();
  const result = await work();
  return [performance.now() - startMs, result];
}

async function readyTimes(
  { board, boots }: BenchOptions,
  bare: BareBoot,
  evidence: string,
): Promise<{ bareReady: Spread; ready: Spread }> {
  const times = { bare: [] as number[], ours: [] as number[] };
  for (let round = 0; round < boots; round++) {
    times.bare.push((await bareBoot(bare, Deadline.after(budgetMs))).readyMs);
    const [ms, system] = await timed(() => bootSystem(board, spec, { evidence }));
    times.ours.push(ms);
    await system.dispose();
  }
  return { bareReady: spread(times.bare), ready: spread(times.ours) };
}

/** Boots `count` times, `workers` at once; how many a second, each until QEMU is gone. */
async function barePerSecond(bare: BareBoot, count: number, workers: number): Promise<number> {
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) await bareBoot(bare, Deadline.after(budgetMs));
  };
  const [ms] = await timed(() => Promise.all(Array.from({ length: workers }, work)));
  return (1000 * count) / ms;
}

async function throughputOf(
  { boots, root }: BenchOptions,
  bare: BareBoot,
  workers: number,
): Promise<Throughput> {
  const rates = { bare: [] as number[], tests: [] as number[] };
  for (let round = 0; round < 3; round++) {
    rates.bare.push(await barePerSecond(bare, boots, workers));
    rates.tests.push(await runnerPerSecond({ root, workers, count: boots }));
  }
  const [bareRate, testRate] = [median(rates.bare), median(rates.tests)];
  return {
    workers,
    barePerSecond: bareRate,
    testsPerSecond: testRate,
    ratio: testRate / bareRate,
  };
}

async function roundTrips(system: System): Promise<{ ping: Spread; check: Spread }> {
  const owner = system.domain('owner');
  const page = owner.page('mailbox');
  await page.write(addressPattern());
  const times = { ping: [] as number[], check: [] as number[] };
  for (let round = 0; round < 200; round++) {
    times.ping.push((await timed(() => owner.ping()))[0]);
    times.check.push((await timed(() => page.check(addressPattern())))[0]);
  }
  return { ping: spread(times.ping), check: spread(times.check) };
}

/** The stage-2 tables of both domains, in a boot of their own each time. */
async function stage2Times(
  { board, boots }: BenchOptions,
  evidence: string,
): Promise<BenchFigures['stage2']> {
  const times = { first: [] as number[], again: [] as number[] };
  for (let round = 0; round < boots; round++) {
    const system = await bootSystem(board, spec, { evidence });
    const look = (): Promise<unknown> =>
      Promise.all([...system.domains.values()].map((domain) => domain.page('mailbox').stage2()));
    times.first.push((await timed(look))[0]);
    times.again.push((await timed(look))[0]);
    await system.dispose();
  }
  return { first: spread(times.first), again: spread(times.again) };
}

/**
 * Measures the harness against bare QEMU that boots the same files to the same lines, interleaved
 * so that both meet the same machine.
 */
export async function bench(options: BenchOptions): Promise<BenchFigures> {
  const { board, boots, say } = options;
  const directory = await mkdtemp(join(tmpdir(), 'crosspage-bench-'));
  try {
    const evidence = (name: string): string => join(directory, name);
    const first = await bootSystem(board, spec, { evidence: evidence('first') });
    say('command round trips');
    const trips = await roundTrips(first);
    await first.dispose();
    const bare = {
      script: join(evidence('first'), 'boot.sh'),
      readyLines: Object.keys(spec.domains).length,
    };
    say(`boot to ready, ${boots} of each kind, interleaved`);
    const { bareReady, ready } = await readyTimes(options, bare, evidence('ready'));
    say(`stage-2 tables, in ${boots} boots`);
    const stage2 = await stage2Times(options, evidence('stage2'));
    const throughput: Throughput[] = [];
    for (const workers of [1, 2]) {
      say(`throughput, three times ${boots} of each kind, ${workers} at once, interleaved`);
      throughput.push(await throughputOf(options, bare, workers));
    }
    return {
      boots,
      bareReady,
      ready,
      readyRatio: ready.median / bareReady.median,
      throughput,
      ...trips,
      stage2,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
