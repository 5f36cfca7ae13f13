// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Board } from '../boards/board.ts';
import { type Dom0, startDom0 } from '../boot/dom0.ts';
import { addressPattern } from '../probe/patterns.ts';
import { SubjectError } from '../support/errors.ts';
import { MiB, PAGE } from '../support/units.ts';
import { Toolstack } from '../toolstack/toolstack.ts';
import { median } from '../support/statistics.ts';

/** Milliseconds from nothing, medians. */
export interface ToolstackFigures {
  readonly rounds: number;
  /** A boot of Xen and dom0, until `xl list` has answered over SSH. */
  readonly bootedMs: number;
  /** The same from the saved machine. */
  readonly restoredMs: number;
  /** Of that, until SSH is connected. */
  readonly connectedMs: number;
  /** Restored, two domains created by `xl`, a page written and compared, both destroyed. */
  readonly sharingMs: number;
  /** How many times quicker than after a boot. */
  readonly factor: number;
}

/** The flavour whose `xl` shares memory. */
const xen = { flavour: 'shared-memory' };

const memory = MiB(32);
const owner = { id: 'area', begin: 0x41f0_0000n, size: PAGE, role: 'owner' } as const;
const borrower = { id: 'area', begin: 0x5000_0000n, size: PAGE, role: 'borrower' } as const;

/** One complete test of sharing. */
async function share(board: Board, dom0: Dom0): Promise<void> {
  const toolstack = await Toolstack.of({ board: board.name, dom0, hostMemory: [] });
  const one = await toolstack.create({ name: 'owner', memory, staticShm: [owner] });
  const other = await toolstack.create({ name: 'borrower', memory, staticShm: [borrower] });
  await one.page('area').write(addressPattern());
  const { bad } = await other.page('area').check(addressPattern());
  const left = await toolstack.destroyAll();
  if (bad > 0 || left.length > 0)
    throw new SubjectError({
      who: board.name,
      what: `${bad} words were not shared, ${left.length} things are left behind`,
      lastSeen: left.join('\n'),
      remedy: 'run: npx playwright test --project=qemu-virt tests/toolstack',
    });
}

/** Measures what a test of the toolstack costs, booted and restored. */
export async function benchToolstack(board: Board, rounds: number): Promise<ToolstackFigures> {
  const evidence = await mkdtemp(join(tmpdir(), 'crosspage-bench-'));
  const listed = async (fresh: boolean): Promise<{ connectedMs: number; listedMs: number }> => {
    const startMs = performance.now();
    await using dom0 = await startDom0(board, { xen }, { evidence, fresh, budgetMs: 240_000 });
    const connectedMs = performance.now() - startMs;
    await dom0.output(['xl', 'list']);
    return { connectedMs, listedMs: performance.now() - startMs };
  };
  const shared = async (): Promise<number> => {
    const startMs = performance.now();
    await using dom0 = await startDom0(board, { xen }, { evidence, budgetMs: 240_000 });
    await share(board, dom0);
    return performance.now() - startMs;
  };
  try {
    // The first one saves the machine that the others are restored from.
    await listed(false);
    const booted: number[] = [];
    const restored: { connectedMs: number; listedMs: number }[] = [];
    const sharing: number[] = [];
    for (let round = 0; round < rounds; round++) {
      booted.push((await listed(true)).listedMs);
      restored.push(await listed(false));
      sharing.push(await shared());
    }
    const bootedMs = median(booted);
    const restoredMs = median(restored.map(({ listedMs }) => listedMs));
    return {
      rounds,
      bootedMs,
      restoredMs,
      connectedMs: median(restored.map(({ connectedMs }) => connectedMs)),
      sharingMs: median(sharing),
      factor: bootedMs / restoredMs,
    };
  } finally {
    await rm(evidence, { recursive: true, force: true });
  }
}
