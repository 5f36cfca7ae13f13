// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bisect } from '../bisect/bisection.ts';
import { endOfTree } from '../bisect/configuration-end.ts';
import { differenceOf, type Oracle } from '../bisect/configurations.ts';
import { asBlob } from '../bisect/mixed-files.ts';
import { ObservationStore } from '../bisect/store.ts';
import { evidenceOf, observeTrial, presentIn } from '../bisect/trial-oracle.ts';
import type { Board } from '../boards/board.ts';
import { readHostTree } from '../import/host-tree.ts';
import { PlacedTree } from '../import/placed-tree.ts';
import { runTrial } from '../trial/trial.ts';
import { manyChanges, type Otherwise } from './many-changes.ts';

/** Differences of each bisection that is measured. */
const differences = 64;

/** What is guilty, of {@link differences}. */
const cases: readonly {
  readonly title: string;
  readonly guilty: number;
  readonly bad: Omit<Otherwise, 'innocent'>;
}[] = [
  { title: '1 guilty', guilty: 1, bad: { borrower: { mailbox: { host: '0x60900000' } } } },
  {
    title: '2 guilty, only together',
    guilty: 2,
    // RAM that reaches 128 MiB has the device tree there (xen/arch/arm/kernel.c, place_modules).
    bad: { memory: '0x30000', borrower: { mailbox: { guest: '0x48000000' } } },
  },
  {
    title: '2 guilty, each enough',
    guilty: 2,
    bad: { borrower: { mailbox: { host: '0x60900000' }, log: { guest: '0x40000000' } } },
  },
  {
    title: '3 guilty, each enough',
    guilty: 3,
    bad: {
      borrower: {
        mailbox: { host: '0x60900000' },
        log: { guest: '0x40000000' },
        stats: { id: 'stat' },
      },
    },
  },
];

/** How one bisection went. */
export interface BisectFigures {
  readonly title: string;
  /** Runs to reproduce both ends. */
  readonly ends: number;
  /** Runs between the ends. */
  readonly between: number;
  /** log2 of the number of ways in which the guilty may lie among the changes. */
  readonly theory: number;
  readonly seconds: number;
  /** Whether what was found is what is guilty. */
  readonly found: boolean;
}

const placed = (file: string, otherwise: Otherwise): PlacedTree =>
  PlacedTree.fromSource({ file, text: manyChanges(otherwise) });

async function measure(
  board: Board,
  flavour: string | undefined,
  directory: string,
  { title, guilty, bad: otherwise }: (typeof cases)[number],
): Promise<BisectFigures> {
  const startMs = performance.now();
  const good = placed('good', { innocent: 0 });
  const bad = placed('bad', { innocent: differences - guilty, ...otherwise });
  const oracle: Oracle = ({ files: [file], key }) => {
    const host = readHostTree(asBlob('bad', file?.kind === 'tree' ? file.tree : bad.tree));
    const evidence = evidenceOf(directory, key);
    return observeTrial(evidence, host, () => runTrial(host, { board, flavour, evidence }));
  };
  const { between, changes } = differenceOf(endOfTree(good), endOfTree(bad), oracle);
  const result = await bisect({
    between,
    question: { expected: presentIn(readHostTree(good)), tests: [] },
    store: new ObservationStore(join(directory, `${title}.json`)),
    names: { good: 'good end', bad: 'bad end' },
  });
  const culprits = result.causes.flatMap((cause) => cause.changes);
  const innocent = culprits.filter((change) => changes[change]?.what.includes('note-') === true);
  let ways = 1;
  for (let index = 0; index < guilty; index++) ways *= (differences - index) / (index + 1);
  return {
    title,
    ends: result.endRuns.runs,
    between: result.runs.runs - result.endRuns.runs,
    theory: Math.log2(ways),
    seconds: (performance.now() - startMs) / 1000,
    found: culprits.length === guilty && innocent.length === 0,
  };
}

/** Bisects configurations with 64 differences, of which one, two and three are guilty. */
export async function benchBisect(
  board: Board,
  flavour: string | undefined,
): Promise<readonly BisectFigures[]> {
  const directory = await mkdtemp(join(tmpdir(), 'crosspage-bench-'));
  try {
    const figures: BisectFigures[] = [];
    for (const one of cases) figures.push(await measure(board, flavour, directory, one));
    return figures;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
