// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import type { DomainMonitor } from '../boot/domain-monitor.ts';
import { findProbe } from '../boot/find-probe.ts';
import { ProbeClient } from '../probe/client.ts';
import { MailboxLink } from '../probe/mailbox-link.ts';
import type { WriteLog } from '../probe/page-facts.ts';
import type { PageLinks } from '../probe/page.ts';
import type { Stage2Source } from '../probe/stage2-source.ts';
import type { Deadline } from '../support/deadline.ts';

/** A domain with a probe in it, beside a Linux dom0. */
export interface ProbeParty {
  readonly board: string;
  readonly machine: RunningMachine;
  readonly monitor: DomainMonitor;
  /** The nonce that the probe was given. */
  readonly run: string;
  readonly writes: WriteLog;
  readonly stage2: Stage2Source;
}

/**
 * Links a domain to its probe, once that is there.
 * @throws EnvironmentError when it does not show itself; what ended its domain or the machine.
 */
export async function connectProbe(party: ProbeParty, deadline: Deadline): Promise<PageLinks> {
  const { board, machine, monitor, run, writes, stage2 } = party;
  const { domain, fate } = monitor;
  machine.fate.onDoom((error) => {
    fate.doom(error);
  });
  const found = await findProbe({ board, machine, domain, run, fate, deadline });
  const who = `${board} domain ${domain.name} (d${domain.domid})`;
  const { transcript } = machine.console;
  const where = (): string => `${transcript.files.lines}:${transcript.lines.length}`;
  const link = new MailboxLink(who, found.memory, found.address, fate);
  return { client: new ProbeClient(domain, who, link, where), writes, stage2 };
}
