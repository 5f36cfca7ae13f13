// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDom0 } from '../boot/dom0.ts';
import { placesOf } from '../images/places.ts';
import type { LabBoard } from '../lab/index.ts';
import type { Bench } from '../physical/board-access.ts';
import type { Examined } from '../physical/examine-board.ts';
import type { BoardHealth } from '../physical/health.ts';
import { PhysicalBoard } from '../physical/physical-board.ts';
import { CrosspageError, messageOf } from '../support/errors.ts';
import { setUp } from './set-up.ts';

const what = 'dom0 answers by SSH';

async function bootAndAsk(bench: Bench, health: BoardHealth): Promise<string> {
  const { board, type, access } = bench;
  await setUp(['linux', 'dom0', 'probe-memory', 'xen-debian']);
  const evidence = await mkdtemp(join(tmpdir(), 'crosspage-doctor-'));
  const cache = join(placesOf().build, 'cache');
  const physical = new PhysicalBoard({
    ...{ board, type, health, cache },
    open: () => Promise.resolve(access),
  });
  const startMs = performance.now();
  const spec = { xen: { flavour: 'debian' } } as const;
  try {
    await using dom0 = await startDom0(physical, spec, {
      evidence,
      budgetMs: physical.bootBudgetMs,
    });
    const bootedMs = performance.now();
    const list = await dom0.output(['xl', 'list']);
    const times = [bootedMs - startMs, performance.now() - bootedMs].map((ms) => Math.round(ms));
    const lines = list.trimEnd().split('\n').length;
    return `up ${times[0] ?? 0} ms after power-on; xl list came in ${times[1] ?? 0} ms, ${lines} lines`;
  } finally {
    await rm(evidence, { recursive: true, force: true });
  }
}

/** Boots dom0 on a board that is well, and asks it by SSH as the tests of the toolstack do. */
export async function examineSsh(bench: Bench, health: BoardHealth): Promise<Examined> {
  const { ssh }: LabBoard = bench.board;
  if (ssh === undefined) {
    const found = 'the lab file has no `ssh`: tests of the toolstack cannot run here';
    return { what, state: 'not tried', found, remedy: undefined };
  }
  try {
    return { what, state: 'ok', found: await bootAndAsk(bench, health), remedy: undefined };
  } catch (error) {
    const cure = error instanceof CrosspageError ? error.story.remedy : undefined;
    const remedy = cure ?? 'look at `ssh` and `network` in the lab file';
    return { what, state: 'fault', found: messageOf(error), remedy };
  }
}
