// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import { Deadline } from '../support/deadline.ts';

/**
 * Presses a debug key of Xen's (xen/common/keyhandler.c) and waits until Xen has taken it; whether
 * it did in time. Serial input has to be Xen's.
 */
export async function pressKey(
  machine: RunningMachine,
  key: string,
  deadline: Deadline,
): Promise<boolean> {
  const { console } = machine;
  const after = console.transcript.lines.length;
  console.write(key);
  return console
    .waitFor((line) => (line.text.includes(`'${key}' pressed`) ? true : undefined), {
      deadline,
      late: () => new Error('late'),
      after,
    })
    .catch(() => false);
}

/** Asks Xen for its state by debug keys (q and d); whether it answered. Serial input is Xen's. */
export async function askXen(machine: RunningMachine, withinMs: number): Promise<boolean> {
  const answered = await pressKey(machine, 'q', Deadline.after(withinMs));
  if (answered) machine.console.write('d');
  return answered;
}
