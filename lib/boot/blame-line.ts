// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import { EnvironmentError, type SubjectError } from '../support/errors.ts';
import type { DomainMonitor } from './domain-monitor.ts';
import { changesXensWords } from './line-check.ts';

/** Records of these domains that came, but not whole. */
const damagedOf = (monitors: readonly DomainMonitor[]): number =>
  monitors.reduce((sum, { counter }) => sum + counter.loss.damaged, 0);

/**
 * The error for what was not heard of a machine: what is known to be wrong with the line to it, or
 * with its power, where something is; else `verdict`, for which the machine is to blame.
 */
export async function blameLine(
  machine: RunningMachine,
  verdict: SubjectError,
  monitors: readonly DomainMonitor[] = [],
): Promise<Error> {
  const known = await machine.examineLine?.();
  if (known !== undefined) {
    // What ended the machine is told as it is everywhere.
    if (known === machine.fate.error) return known;
    const lastSeen = [known.story.lastSeen, verdict.story.lastSeen].filter(Boolean).join('\n');
    const what = `${known.story.what}; so no verdict on this: ${verdict.story.what}`;
    const { reached } = verdict.story;
    return new EnvironmentError({ ...known.story, what, reached, lastSeen }, { cause: verdict });
  }
  if (machine.examineLine === undefined || machine.fate.error !== undefined) return verdict;
  const damaged = damagedOf(monitors);
  if (damaged === 0 && (await changesXensWords(machine)) !== true) return verdict;
  const seen =
    damaged > 0
      ? `${damaged} records of the probes came damaged`
      : 'the line made different lists of what Xen said of its debug keys';
  return new EnvironmentError(
    {
      ...verdict.story,
      what: `${seen}; so no verdict on this: ${verdict.story.what}`,
      remedy: 'look at `pacing` and rate of the line, its adapter and its cable',
    },
    { cause: verdict },
  );
}
