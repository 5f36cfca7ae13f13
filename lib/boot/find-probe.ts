// SPDX-License-Identifier: Apache-2.0
import type { PhysicalMemory, RunningMachine } from '../boards/board.ts';
import { findMailbox } from '../probe/mailbox-link.ts';
import { type Deadline, pause } from '../support/deadline.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';

/** A probe that has to show itself in the machine's memory. */
export interface ProbeSearch {
  /** The board's name, for messages. */
  readonly board: string;
  readonly machine: RunningMachine;
  readonly domain: { readonly name: string; readonly domid: number };
  /** The nonce that the probe was given. */
  readonly run: string;
  /** What ends the search. */
  readonly fate: Fate;
  readonly deadline: Deadline;
}

/** Where a probe is reached: the machine's memory, and its mailbox there. */
export interface FoundProbe {
  readonly memory: PhysicalMemory;
  readonly address: bigint;
}

/**
 * Waits until a probe shows itself in the machine's memory.
 * @throws MisuseError on a board that does not show its memory; EnvironmentError when the probe is
 * not found in time; what ended its domain or the machine.
 */
export async function findProbe(search: ProbeSearch): Promise<FoundProbe> {
  const { board, machine, domain, run, fate, deadline } = search;
  const { memory } = machine;
  if (memory === undefined)
    throw new MisuseError({ who: board, what: 'has no memory by which a probe is reached' });
  for (;;) {
    const address = findMailbox(memory, run, domain.name, 'in-blocks');
    if (address !== undefined) return { memory, address };
    fate.check();
    if (deadline.passed) throw silent(search);
    await pause(2);
  }
}

function silent({ board, machine, domain, deadline }: ProbeSearch): EnvironmentError {
  const { transcript } = machine.console;
  return new EnvironmentError({
    who: `${board} domain ${domain.name} (d${domain.domid})`,
    what: `was created, and its probe did not show itself within ${Math.round(deadline.budgetMs)} ms`,
    where: `${transcript.files.lines}:${transcript.lines.length}`,
    remedy: 'see in `xl list` whether it runs, and in /var/log/xen what its console said',
  });
}
