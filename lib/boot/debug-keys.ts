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

/** A key may be lost on a line: it is pressed once more. An answer to the first counts as well. */
async function pressTwice(
  machine: RunningMachine,
  key: string,
  withinMs: number,
): Promise<boolean> {
  const half = (): Deadline => Deadline.after(withinMs / 2);
  return (await pressKey(machine, key, half())) || pressKey(machine, key, half());
}

/**
 * Asks Xen for its state by debug keys (q: domains, d: registers), into the console's file, and
 * waits until it has said all; whether it did, each key within `withinMs`. Serial input has to be
 * Xen's.
 */
export async function askXen(machine: RunningMachine, withinMs: number): Promise<boolean> {
  // Their answers have no last line of their own. Xen answers q and e (event channels) in turn, in one
  // tasklet, and d at once, on whatever processor hears it, into what another one says: once it takes e,
  // the answer to the key before is through.
  for (const key of ['q', 'e', 'd', 'e'])
    if (!(await pressTwice(machine, key, withinMs))) return false;
  return true;
}
