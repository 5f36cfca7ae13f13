// SPDX-License-Identifier: Apache-2.0
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board, ResumedMachine } from '../boards/board.ts';
import { makeDirectory, writeEvidence } from '../host/evidence-files.ts';
import { Deadline } from '../support/deadline.ts';
import { messageOf, withBesides } from '../support/errors.ts';

/** What runs already need not boot: it has so long, in milliseconds, to show that it is well. */
const resumeBudgetMs = 60_000;

/** Is told of the file that says why a machine was not resumed, before one is booted in its place. */
export type OnNotResumed = (path: string) => void;

/** How to take up what an earlier process of this run left running. */
export interface ResumeOptions {
  /** Directory for consoles; made if it is not there. */
  readonly evidence: string;
  /** What was booted, in words that only the same has. */
  readonly key: string;
  /** How long a boot may take: to be taken up takes no longer. Default: the board's. */
  readonly budgetMs?: number;
  readonly onNotResumed?: OnNotResumed | undefined;
}

/**
 * Goes on with the machine that an earlier process of this run left on `board`, if it is there and
 * `prove` finds it well. Undefined where it is to be booted; of one that is not well nothing is left
 * running then, and why is in a directory beside that of the boot.
 * @throws what the board does when it is not to be had.
 */
export async function resumeMachine<T>(
  board: Board,
  options: ResumeOptions,
  prove: (resumed: ResumedMachine, deadline: Deadline) => Promise<T>,
): Promise<T | undefined> {
  if (board.resume === undefined) return undefined;
  const { key, evidence, onNotResumed, budgetMs = board.bootBudgetMs ?? resumeBudgetMs } = options;
  const deadline = Deadline.after(Math.min(budgetMs, resumeBudgetMs));
  await makeDirectory(evidence);
  const resumed = await board.resume({ key, evidence, deadline });
  if (resumed === undefined) return undefined;
  try {
    if ('lost' in resumed) throw resumed.lost;
    return await prove(resumed, deadline);
  } catch (error) {
    // The switch that fails here is used again by the boot, and told as what it is.
    if ('machine' in resumed) await resumed.machine.dispose().catch(() => undefined);
    onNotResumed?.(await explain(board.name, evidence, error));
    return undefined;
  }
}

/** Puts the evidence aside with the reason. Returns the file that tells it. */
async function explain(board: string, evidence: string, reason: unknown): Promise<string> {
  const aside = `${evidence}-not-resumed`;
  const path = join(aside, 'why.txt');
  try {
    await rename(evidence, aside);
    const said = messageOf(reason).replaceAll(evidence, aside);
    await writeEvidence(
      path,
      `${board} is booted anew: what an earlier worker had left running did not go on.\n${said}\n`,
    );
  } catch (error) {
    // The reason is told nowhere else.
    throw withBesides(error, reason);
  }
  return path;
}
