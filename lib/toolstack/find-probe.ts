// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import type { DomainMonitor } from '../boot/domain-monitor.ts';
import { ProbeClient } from '../probe/client.ts';
import { findMailbox, MailboxLink } from '../probe/mailbox-link.ts';
import { type Deadline, pause } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';

/** A domain whose probe is looked for. */
export interface Sought {
  /** For messages. */
  readonly who: string;
  readonly monitor: DomainMonitor;
  readonly run: string;
}

/**
 * Waits until the probe of a domain shows itself in the machine's memory. Undefined once the
 * deadline passes.
 * @throws what ended the domain.
 */
export async function findProbe(
  machine: RunningMachine,
  { who, monitor, run }: Sought,
  deadline: Deadline,
): Promise<ProbeClient | undefined> {
  const { domain: plan, fate } = monitor;
  const { memory } = machine;
  if (memory === undefined)
    throw new MisuseError({ who, what: 'is on a board without a memory by which it is reached' });
  const look = (): bigint | undefined => findMailbox(memory, run, plan.name, 'in-blocks', true);
  let address = look();
  while (address === undefined) {
    fate.check();
    if (deadline.passed) return undefined;
    await pause(2);
    address = look();
  }
  const { transcript } = machine.console;
  const where = (): string => `${transcript.files.lines}:${transcript.lines.length}`;
  return new ProbeClient(plan, who, new MailboxLink(who, memory, address, fate), where);
}
