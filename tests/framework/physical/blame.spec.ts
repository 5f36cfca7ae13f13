// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  BoardFault,
  BoardLost,
  castsDoubtOnBoard,
  HostFault,
} from '../../../lib/physical/blame.ts';
import { BootStages } from '../../../lib/physical/boot-stages.ts';
import { usualBudgets } from '../../../lib/physical/zynqmp.ts';
import { HeldLine, MissingLine } from '../../../lib/serial/reopening-line.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { BlockedError, EnvironmentError, SubjectError } from '../../../lib/support/errors.ts';

const story = { who: 'board', what: 'failed' };

/** The same error as a stage of a boot tells it. */
async function inStage(error: Error): Promise<unknown> {
  const stages = new BootStages(usualBudgets);
  return stages
    .run('load', Deadline.after(60_000), () => Promise.reject(error))
    .catch((told: unknown) => told);
}

test('a board is in doubt after a fault of its own, of its line, and of a stage of its boot', async () => {
  expect(castsDoubtOnBoard(new BoardFault(story))).toBe(true);
  expect(castsDoubtOnBoard(new MissingLine(story))).toBe(true);
  expect(castsDoubtOnBoard(await inStage(new EnvironmentError(story)))).toBe(true);
  const retold = new EnvironmentError(story, { cause: new BoardFault(story) });
  expect(castsDoubtOnBoard(retold)).toBe(true);
});

test('no board is in doubt after a fault of this machine, of the run, or of Xen', async () => {
  for (const Kind of [EnvironmentError, HostFault, BoardLost, HeldLine, BlockedError, SubjectError])
    expect(castsDoubtOnBoard(new Kind(story)), Kind.name).toBe(false);
  for (const Kind of [HostFault, BoardLost, HeldLine])
    expect(castsDoubtOnBoard(await inStage(new Kind(story))), Kind.name).toBe(false);
  expect(castsDoubtOnBoard(await inStage(new SubjectError(story)))).toBe(false);
  expect(castsDoubtOnBoard(new Error('a fault of ours'))).toBe(false);
});
