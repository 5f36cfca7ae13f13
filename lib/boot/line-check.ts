// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import { Deadline } from '../support/deadline.ts';
import { pressKey } from './debug-keys.ts';

/** Three lists in full, and the word that begins a fourth: some KiB. */
const presses = 4;
/** How long Xen has to begin a list. */
const beginMs = 4000;

/** A line of Xen's list of its debug keys (xen/common/keyhandler.c, show_handlers). */
const keyLine = /key '.' \(ascii '[0-9a-f]{2}'\)/;

/**
 * Whether a line changes what Xen says: its list of debug keys is the same each time. Undefined where
 * Xen does not answer. Serial input has to be Xen's.
 */
export async function changesXensWords(machine: RunningMachine): Promise<boolean | undefined> {
  const { transcript } = machine.console;
  const begins: number[] = [];
  for (let press = 0; press < presses; press++) {
    if (!(await pressKey(machine, 'h', Deadline.after(beginMs)))) return undefined;
    begins.push(transcript.lines.findLastIndex(({ text }) => text.includes("'h' pressed")));
  }
  // Xen takes keys in turn: each list ends where the next begins.
  const lists = begins.slice(1).map((end, index) =>
    transcript.lines
      .slice(begins[index], end)
      .map(({ text }) => text)
      .filter((text) => keyLine.test(text))
      .join('\n'),
  );
  return new Set(lists).size > 1;
}
