// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import { SshError, type SshFailure } from '../boards/ssh-errors.ts';
import { SubjectError } from '../support/errors.ts';
import { blameLine } from './blame-line.ts';
import { askXen } from './debug-keys.ts';

/** What a machine that stands still looks like through SSH, as much as a network that lost it. */
const silences: ReadonlySet<SshFailure> = new Set([
  'no-handshake',
  'channel',
  'connection-died',
  'late',
]);

/** Xen has so long to answer each key: a loaded host may give it little time. */
const usualAnswerMs = 8000;

/**
 * What a failed SSH session with dom0 is to be told with. Where nothing came back, Xen is asked on
 * its console: if it does not answer either, it is Xen that hangs, and not the way to dom0.
 */
export async function explainSilence(
  who: string,
  machine: RunningMachine,
  error: unknown,
  answerMs = usualAnswerMs,
): Promise<unknown> {
  if (!(error instanceof SshError) || !silences.has(error.failure)) return error;
  if (await askXen(machine, answerMs)) return error;
  if (machine.fate.error !== undefined) return machine.fate.error;
  const { transcript } = machine.console;
  const verdict = new SubjectError(
    {
      who,
      what: 'Xen hangs: it does not answer its debug keys, nor dom0 its SSH',
      reached: error.story.what,
      lastSeen: transcript.tail(8),
      where: transcript.files.lines,
      remedy: 'look at what was asked of dom0 last, and at the end of the console',
    },
    { cause: error },
  );
  return blameLine(machine, verdict);
}
