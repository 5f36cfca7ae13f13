// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import { DomainMonitor } from '../boot/domain-monitor.ts';
import { ProbeClient } from '../probe/client.ts';
import { findMailbox, MailboxLink } from '../probe/mailbox-link.ts';
import type { WriteLog } from '../probe/page-facts.ts';
import type { Stage2Source } from '../probe/stage2-source.ts';
import { type Deadline, pause } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { silentProbe } from './failures.ts';

/** What the search for a probe needs, and what its domain is linked with. */
export interface ProbeSearch {
  /** The board's name, for messages. */
  readonly board: string;
  readonly dom0: Dom0;
  /** Take the lines of the console: the domain's joins them. */
  readonly monitors: DomainMonitor[];
  readonly writes: WriteLog;
  readonly stage2: Stage2Source;
}

/** A domain whose probe is looked for. */
export interface Sought {
  readonly plan: PlannedDomain;
  /** The nonce that the probe was given. */
  readonly run: string;
  /** How many lines of the console are older than the domain. */
  readonly from: number;
}

/**
 * Waits until the probe of a domain shows itself in the machine's memory.
 * @throws SubjectError when it does not, with what dom0 knows of it; what ended the domain.
 */
export async function findProbe(
  { board, dom0, monitors }: ProbeSearch,
  { plan, run, from }: Sought,
  deadline: Deadline,
): Promise<{ client: ProbeClient; monitor: DomainMonitor }> {
  const { machine } = dom0;
  const { transcript } = machine.console;
  const { name, domid } = plan;
  const who = `${board} domain ${name} (d${domid})`;
  const monitor = new DomainMonitor(board, plan, run, transcript.files.lines);
  for (const line of transcript.lines.slice(from)) monitor.take(line);
  monitors.push(monitor);
  const { fate } = monitor;
  machine.fate.onDoom((error) => {
    fate.doom(error);
  });
  const { memory } = machine;
  if (memory === undefined)
    throw new MisuseError({ who, what: 'is on a board without a memory by which it is reached' });
  const where = (): string => `${transcript.files.lines}:${transcript.lines.length}`;
  const look = (): bigint | undefined => findMailbox(memory, run, name, 'in-blocks', true);
  let address = look();
  while (address === undefined) {
    fate.check();
    if (deadline.passed)
      throw await silentProbe(dom0, { who, name, domid }, deadline.budgetMs, where());
    await pause(2);
    address = look();
  }
  const link = new MailboxLink(who, memory, address, fate);
  return { client: new ProbeClient(plan, who, link, where), monitor };
}
