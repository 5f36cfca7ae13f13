// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Board } from '../boards/board.ts';
import { bootSystem } from '../boot/boot.ts';
import { addressPattern } from '../probe/patterns.ts';
import { Deadline } from '../support/deadline.ts';
import { MiB, PAGE } from '../support/units.ts';
import type { SystemSpec } from '../xen/spec.ts';
import { bareBoot } from './bare-boot.ts';
import { median, percentile } from './statistics.ts';

/** The system that is measured: two domains that share a page. */
const spec: SystemSpec = {
  sharedMemory: { mailbox: { size: PAGE }, area: { size: MiB(2) } },
  domains: {
    owner: {
      probe: 'memory',
      maps: { mailbox: { role: 'owner' }, area: { role: 'owner' } },
    },
    borrower: {
      probe: 'memory',
      maps: { mailbox: { role: 'borrower' }, area: { role: 'borrower' } },
    },
  },
};

/** Figures of one run, in milliseconds and per second. */
export interface BenchFigures {
  readonly boots: number;
  /** Power-on to the last domain's ready line. */
  readonly bareReadyMs: number;
  readonly readyMs: number;
  readonly readyRatio: number;
  /** Hermetic tests (boot, write, check, end) against bare boots, by how many at once. */
  readonly throughput: readonly {
    readonly workers: number;
    readonly barePerSecond: number;
    readonly perSecond: number;
    readonly ratio: number;
  }[];
  /** Command round trips: a ping, and a check of 4 KiB. */
  readonly pingMs: { readonly median: number; readonly p99: number };
  readonly checkMs: { readonly median: number; readonly p99: number };
}

const budgetMs = 30_000;

/** One hermetic test without the runner: boot, both directions of a page, end. */
async function hermeticTest(board: Board, evidence: string): Promise<number> {
  const startMs = performance.now();
  const system = await bootSystem(board, spec, { evidence });
  const readyMs = performance.now() - startMs;
  try {
    await system.domain('owner').page('mailbox').write(addressPattern());
    const finding = await system.domain('borrower').page('mailbox').check(addressPattern());
    if (finding.bad > 0) throw new Error('the bench’s own page does not hold its pattern');
  } finally {
    await system.dispose();
  }
  return readyMs;
}

/** Runs `once` `count` times, `workers` at once; how many a second. */
async function perSecond(
  count: number,
  workers: number,
  once: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const startMs = performance.now();
  const work = async (): Promise<void> => {
    while (next < count) await once(next++);
  };
  await Promise.all(Array.from({ length: workers }, work));
  return (1000 * count) / (performance.now() - startMs);
}

async function roundTrips(board: Board, evidence: string): Promise<Pick<BenchFigures, 'pingMs' | 'checkMs'>> {
  await using system = await bootSystem(board, spec, { evidence });
  const owner = system.domain('owner');
  const time = async (what: () => Promise<unknown>): Promise<number> => {
    const startMs = performance.now();
    await what();
    return performance.now() - startMs;
  };
  const pings: number[] = [];
  const checks: number[] = [];
  await owner.page('mailbox').write(addressPattern());
  for (let round = 0; round < 200; round++) {
    pings.push(await time(() => owner.ping()));
    checks.push(await time(() => owner.page('mailbox').check(addressPattern())));
  }
  const figures = (values: number[]): { median: number; p99: number } => ({
    median: median(values),
    p99: percentile(values, 0.99),
  });
  return { pingMs: figures(pings), checkMs: figures(checks) };
}

/**
 * Measures the harness against bare QEMU that boots the same files to the same lines, interleaved
 * so that both meet the same machine. `say` is told what goes on.
 */
export async function bench(board: Board, boots: number, say: (text: string) => void): Promise<BenchFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'crosspage-bench-'));
  const evidence = (name: string): string => join(directory, name);
  try {
    const script = join(evidence('first'), 'boot.sh');
    await hermeticTest(board, evidence('first'));
    const bare = { script, readyLines: Object.keys(spec.domains).length };
    say(`${boots} boots of each kind, interleaved`);
    const bareReady: number[] = [];
    const ready: number[] = [];
    for (let round = 0; round < boots; round++) {
      bareReady.push((await bareBoot(bare, Deadline.after(budgetMs))).readyMs);
      ready.push(await hermeticTest(board, evidence('ready')));
    }
    const throughput = [];
    for (const workers of [1, 2]) {
      say(`${boots} boots of each kind, ${workers} at once`);
      const rounds = 4;
      const rates = { bare: [] as number[], tests: [] as number[] };
      for (let round = 0; round < rounds; round++) {
        const share = Math.ceil(boots / rounds);
        rates.bare.push(
          await perSecond(share, workers, () => bareBoot(bare, Deadline.after(budgetMs))),
        );
        rates.tests.push(
          await perSecond(share, workers, (index) =>
            hermeticTest(board, evidence(`test-${workers}-${index % 8}`)),
          ),
        );
      }
      const [barePerSecond, testsPerSecond] = [median(rates.bare), median(rates.tests)];
      throughput.push({
        workers,
        barePerSecond,
        perSecond: testsPerSecond,
        ratio: testsPerSecond / barePerSecond,
      });
    }
    say('command round trips');
    return {
      boots,
      bareReadyMs: median(bareReady),
      readyMs: median(ready),
      readyRatio: median(ready) / median(bareReady),
      throughput,
      ...(await roundTrips(board, evidence('trips'))),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
