// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import { DomainMonitor } from '../boot/domain-monitor.ts';
import { ProbeClient } from '../probe/client.ts';
import {
  findMailbox,
  isMailbox,
  MachineMailbox,
  type MachineMemory,
} from '../probe/machine-mailbox.ts';
import { MailboxLink, type MailboxMemory } from '../probe/mailbox-link.ts';
import type { WriteLog } from '../probe/page-facts.ts';
import { mailbox } from '../probe/protocol.ts';
import type { Stage2Source } from '../probe/stage2-source.ts';
import { type Deadline, pause } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { silentProbe } from './failures.ts';
import { ForeignMemory } from './foreign-memory.ts';

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
  /** Others may have spoken with it before. Default false. */
  readonly goesOn?: boolean;
}

/** A probe that was found. */
export interface FoundProbe {
  readonly client: ProbeClient;
  readonly monitor: DomainMonitor;
  /** Gives back what the host has of the domain: it does not go away before that. */
  readonly release: () => Promise<void>;
}

/** A domain that is looked for, and who hears of it. */
interface Search {
  readonly who: string;
  readonly sought: Sought;
  readonly dom0: Dom0;
  readonly monitor: DomainMonitor;
  readonly deadline: Deadline;
}

/**
 * Waits until the probe of a domain shows itself: in the machine's memory, or where the host does not
 * see that, in the domain's pages as dom0 maps them.
 * @throws SubjectError when it does not, with what dom0 knows of it; what ended the domain.
 */
export async function findProbe(
  { board, dom0, monitors }: ProbeSearch,
  sought: Sought,
  deadline: Deadline,
): Promise<FoundProbe> {
  const { machine } = dom0;
  const { transcript } = machine.console;
  const { plan, run, from } = sought;
  const who = `${board} domain ${plan.name} (d${plan.domid})`;
  const monitor = new DomainMonitor(board, plan, run, transcript.files.lines);
  for (const line of transcript.lines.slice(from)) monitor.take(line);
  monitors.push(monitor);
  machine.fate.onDoom((error) => {
    monitor.fate.doom(error);
  });
  const search = { who, sought, dom0, monitor, deadline };
  const { memory } = machine;
  const { mailbox: box, release } = await (memory === undefined
    ? findFromDom0(search)
    : findInMachine(memory, search));
  const where = (): string => `${transcript.files.lines}:${transcript.lines.length}`;
  const link = sought.goesOn === true ? MailboxLink.goingOn(who, box) : new MailboxLink(who, box);
  const client = new ProbeClient(plan, who, await link, where);
  return { client, monitor, release };
}

interface FoundMailbox {
  readonly mailbox: MailboxMemory;
  readonly release: () => Promise<void>;
}

function silent({ who, sought, dom0, deadline }: Search): Promise<Error> {
  const { name, domid } = sought.plan;
  const { transcript } = dom0.machine.console;
  const where = `${transcript.files.lines}:${transcript.lines.length}`;
  const waitedMs = deadline.passed ? deadline.budgetMs : deadline.budgetMs - deadline.leftMs;
  return silentProbe(dom0, { who, name, domid }, waitedMs, where);
}

async function findInMachine(memory: MachineMemory, search: Search): Promise<FoundMailbox> {
  const { sought, monitor, deadline } = search;
  const { fate } = monitor;
  for (;;) {
    const address = findMailbox(memory, sought.run, sought.plan.name, 'in-blocks', true);
    if (address !== undefined)
      return {
        mailbox: new MachineMailbox(memory, address, fate),
        release: () => Promise.resolve(),
      };
    fate.check();
    if (deadline.passed) throw await silent(search);
    await pause(2);
  }
}

/** Where a domain's RAM begins (xen/include/public/arch-arm.h, GUEST_RAM0_BASE). */
const ramBase = 0x4000_0000n;

/** Where the probe said that its mailbox is; else where it is in RAM that Xen has laid out itself. */
function boxAddress({ readyPayload }: DomainMonitor): bigint {
  const said = /\bbox=(0x[0-9a-f]+)/.exec(readyPayload ?? '')?.[1];
  return said === undefined ? ramBase + BigInt(mailbox.imageOffset) : BigInt(said);
}

async function findFromDom0(search: Search): Promise<FoundMailbox> {
  const { who, sought, dom0, monitor, deadline } = search;
  const { plan, run } = sought;
  const pages = {
    domid: plan.domid,
    guestAddress: boxAddress(monitor),
    size: mailbox.size,
  };
  let memory: ForeignMemory | undefined;
  try {
    memory = await ForeignMemory.map(who, dom0, pages, monitor.fate, deadline);
    // The probe writes whose it is once it runs.
    const first = Buffer.from(run, 'latin1').readUInt32LE();
    while (await memory.untilWord(mailbox.runOffset, first, deadline)) {
      if (isMailbox(await memory.read(0, mailbox.headerSize), run, plan.name))
        return { mailbox: memory, release: memory.dispose.bind(memory) };
      if (deadline.passed) break;
    }
  } catch (error) {
    await memory?.dispose();
    monitor.fate.check();
    // Pages that are not there are a domain's that is not there: dom0 knows more of it.
    if (!(error instanceof SubjectError)) throw error;
    throw await silent(search);
  }
  await memory.dispose();
  throw await silent(search);
}
