// SPDX-License-Identifier: Apache-2.0
// A board that is parked while a run has it: no worker starts it or takes it up. Nothing is opened.
import { mkdirSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { LabBoard } from '../../../lib/lab/lab.ts';
import { boardTypeByName } from '../../../lib/physical/board-types.ts';
import { BoardHealth } from '../../../lib/physical/health.ts';
import { PhysicalBoard } from '../../../lib/physical/physical-board.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { BlockedError } from '../../../lib/support/errors.ts';
import { planSystem } from '../../../lib/xen/plan.ts';

const type = boardTypeByName['zcu102-virtual'];

/** A board that is parked until that day, and how often it was opened. */
function parkedUntil(until: string, state: string): { board: PhysicalBoard; opened: () => number } {
  let opened = 0;
  const parked = { reason: 'the PHY is dead', until, issue: '#12' };
  const board = new PhysicalBoard({
    board: { name: 'zcu102-a', type: 'zcu102-virtual', parked } as LabBoard,
    type,
    open: () => {
      opened += 1;
      return Promise.reject(new Error('opened'));
    },
    health: new BoardHealth('zcu102-a', state, 'run'),
    cache: state,
  });
  return { board, opened: () => opened };
}

const deadline = Deadline.after(60_000);

test('a board that is parked is neither started nor taken up', async ({}, { outputDir }) => {
  const { board, opened } = parkedUntil('2999-01-01', outputDir);
  const plan = planSystem({ domains: { one: { probe: 'memory' } } }, type.layout);
  const evidence = outputDir;
  mkdirSync(evidence, { recursive: true });
  const orders = [
    () => board.start({ plan, run: 'a55288bd', evidence, deadline }),
    () => board.resume({ key: 'k', evidence, deadline }),
  ];

  for (const order of orders) {
    const refused = await order().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(BlockedError);
    expect(String(refused)).toMatch(
      /zcu102-a: is parked until 2999-01-01: the PHY is dead \(#12\)\n.*take `parked` out/s,
    );
  }
  expect(opened()).toBe(0);
});

test('a board whose time is over is taken up', async ({}, { outputDir }) => {
  const { board, opened } = parkedUntil('2026-01-01', outputDir);

  await expect(board.resume({ key: 'k', evidence: outputDir, deadline })).rejects.toThrow('opened');
  expect(opened()).toBe(1);
});
