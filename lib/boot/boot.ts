// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import type { Board, PhysicalMemory, RunningMachine } from '../boards/board.ts';
import { SerialInput } from '../console/serial-input.ts';
import { makeDirectory } from '../host/evidence-files.ts';
import type { Range } from '../memory/ranges.ts';
import { ProbeClient } from '../probe/client.ts';
import { ConsoleLink } from '../probe/console-link.ts';
import { Domain } from '../probe/domain.ts';
import { findMailbox, MachineMailbox } from '../probe/machine-mailbox.ts';
import { MailboxLink } from '../probe/mailbox-link.ts';
import type { WriteLog } from '../probe/page-facts.ts';
import { Deadline } from '../support/deadline.ts';
import { endAfter, EnvironmentError, SubjectError } from '../support/errors.ts';
import { findBanner, findFocus, type XenBanner } from '../xen/console-lines.ts';
import { planSystem, type SystemPlan } from '../xen/plan.ts';
import type { SystemSpec } from '../xen/spec.ts';
import type { Tampering } from '../xen/tampering.ts';
import { blameLine } from './blame-line.ts';
import { BootWatch } from './boot-watch.ts';
import { diagnose } from './diagnosis.ts';
import { DomainMonitor } from './domain-monitor.ts';
import { resumeMachine, type ResumeOptions } from './resume.ts';
import { Stage2Reader } from './stage2-reader.ts';
import { System } from './system.ts';

export interface BootOptions {
  /** Directory for consoles, device trees and command lines; made if it is not there. */
  readonly evidence: string;
  /** From power-on to the last domain's probe. Default: the board's, else 30 s. */
  readonly budgetMs?: number;
  /** How commands reach the probes. Default: by memory where the host sees it, else by console. */
  readonly commandsBy?: 'memory' | 'console';
  /** The domains that have to come up; the others are left alone. Default: all. */
  readonly awaited?: readonly string[] | undefined;
  /** What was booted, in words that only the same has: with it a machine may be left and resumed. */
  readonly key?: string | undefined;
}

/** A machine that was started, on its way to a system. Who holds it disposes of it. */
export interface StartedBoot {
  readonly machine: RunningMachine;
  /** Returns when every domain's probe answers; rejects with SubjectError when one does not. */
  readonly bringUp: () => Promise<System>;
  /** Asks a machine that does not come up for its state, into the evidence. */
  readonly diagnose: () => Promise<readonly string[]>;
}

/** Starts the machine of a plan, checked or not. Rejects with EnvironmentError. */
export async function startBoot(
  board: Board,
  plan: SystemPlan,
  options: BootOptions,
  tampering?: Tampering,
): Promise<StartedBoot> {
  const deadline = Deadline.after(options.budgetMs ?? board.bootBudgetMs ?? 30_000);
  const run = randomBytes(4).toString('hex');
  const { evidence } = options;
  await makeDirectory(evidence);
  const startMs = performance.now();
  const machine = await board.start({ plan, run, evidence, deadline, tampering, key: options.key });
  return started({ board, plan, run, options, deadline, startMs }, machine);
}

interface Start {
  readonly board: Board;
  readonly plan: SystemPlan;
  readonly run: string;
  readonly options: BootOptions;
  readonly deadline: Deadline;
  readonly startMs: number;
}

function started(
  { board, plan, run, options, deadline, startMs }: Start,
  machine: RunningMachine,
): StartedBoot {
  const { evidence } = options;
  const stages = new Map([['started', performance.now() - startMs]]);
  const domains = new Map<string, Domain>();
  const stage2 = new Stage2Reader({ board: board.name, machine, plan, domains });
  const commonDevices = board.layout.commonDevices(plan.machine);
  const progress = { deadline, startMs, stages, options, domains, stage2, commonDevices };
  return {
    machine,
    bringUp: () => bringUp(board.name, machine, plan, run, progress),
    diagnose: () => diagnose({ machine, plan, stage2, commonDevices, evidence }),
  };
}

/**
 * Boots `spec` on `board` and returns when every domain's probe answers.
 * @throws MisuseError for a specification that cannot work, before anything starts;
 * EnvironmentError for what the host or the board lacks; SubjectError when Xen or a domain does
 * not come up. Nothing is left running then.
 */
export async function bootSystem(
  board: Board,
  spec: SystemSpec,
  options: BootOptions,
): Promise<System> {
  const boot = await startBoot(board, planSystem(spec, board.layout), options);
  try {
    return await boot.bringUp();
  } catch (error) {
    const told = withDifferences(error, await boot.diagnose());
    throw await endAfter(told, () => boot.machine.dispose());
  }
}

/**
 * Goes on with the system that an earlier process of this run left on `board` under `options.key`,
 * if it is there and well: every domain answers, and nothing has happened to it meanwhile. Undefined
 * where it is to be booted: see {@link resumeMachine}.
 */
export async function resumeSystem(
  board: Board,
  spec: SystemSpec,
  options: BootOptions & ResumeOptions,
): Promise<System | undefined> {
  const plan = planSystem(spec, board.layout);
  return resumeMachine(board, options, async ({ machine, run }, deadline) => {
    const start = { board, plan, run, options, deadline, startMs: performance.now() };
    const system = await started(start, machine).bringUp();
    for (const domain of system.domains.values()) await domain.ping();
    system.checkHealth();
    return system;
  });
}

/** The same failure of a boot, with what a look at the machine found. */
function withDifferences(error: unknown, differences: readonly string[]): unknown {
  if (!(error instanceof SubjectError) || differences.length === 0) return error;
  return new SubjectError(
    { ...error.story, notAsPlanned: differences.join('\n') },
    { cause: error },
  );
}

interface Progress {
  readonly deadline: Deadline;
  readonly startMs: number;
  readonly stages: Map<string, number>;
  readonly options: BootOptions;
  /** Filled as they come up. */
  readonly domains: Map<string, Domain>;
  readonly stage2: Stage2Reader;
  readonly commonDevices: readonly Range[];
}

async function bringUp(
  board: string,
  machine: RunningMachine,
  plan: SystemPlan,
  run: string,
  { deadline, startMs, stages, options, domains, stage2, commonDevices }: Progress,
): Promise<System> {
  const { transcript } = machine.console;
  const monitors = plan.domains
    .filter(({ name }) => options.awaited?.includes(name) ?? true)
    .map((domain) => new DomainMonitor(board, domain, run, transcript.files.lines));
  const reach = (stage: string): void => {
    stages.set(stage, performance.now() - startMs);
  };
  const input = follow(board, machine, monitors);
  const watch = new BootWatch(board, machine, monitors, stages);
  const ready = (): boolean => monitors.every((monitor) => monitor.ready !== undefined);
  const xen = await watch.until(deadline, (): XenBanner | 'missed' | undefined => {
    for (const line of machine.console.lines) {
      const banner = findBanner(line.text);
      if (banner !== undefined) return banner;
    }
    return monitors.length > 0 && ready() ? 'missed' : undefined;
  });
  if (xen === 'missed') throw missedBanner(board, machine);
  reach('xen');
  await watch.until(deadline, () => (ready() ? true : undefined));
  reach('ready');
  const writes: WriteLog = new Map();
  const byConsole = options.commandsBy === 'console';
  for (const monitor of monitors)
    domains.set(
      monitor.domain.name,
      connect({ board, machine, input, run, writes, stage2, byConsole }, monitor),
    );
  return new System({
    machine,
    plan,
    domains,
    xen,
    stages,
    monitors,
    stage2,
    commonDevices,
    evidence: options.evidence,
  });
}

/** Xen has booted domains and its first words did not come: on a line they may be lost. */
function missedBanner(who: string, machine: RunningMachine): Error {
  const Kind = machine.examineLine === undefined ? SubjectError : EnvironmentError;
  return new Kind({
    who,
    what: 'its domains are up, but Xen did not say its version in words that came whole',
    where: machine.console.transcript.files.lines,
    remedy: 'look at the line, and at what the hypervisor prints first',
  });
}

/** Has the monitors take every line of the console, those that have come and those to come. */
function follow(
  board: string,
  { console }: RunningMachine,
  monitors: readonly DomainMonitor[],
): SerialInput {
  const { transcript } = console;
  let focus: number | 'xen' = 'xen';
  for (const line of console.lines) {
    focus = findFocus(line.text) ?? focus;
    for (const monitor of monitors) monitor.take(line, focus);
  }
  const input = new SerialInput(board, console, focus);
  transcript.onLine((line) => {
    for (const monitor of monitors) monitor.take(line, input.focus);
  });
  return input;
}

/** What the links of all domains have in common. */
interface Connection {
  readonly board: string;
  readonly machine: RunningMachine;
  readonly input: SerialInput;
  readonly run: string;
  readonly writes: WriteLog;
  readonly stage2: Stage2Reader;
  readonly byConsole: boolean;
}

/** Links a domain that has reported to its probe: by its mailbox, or where asked by console. */
function connect(connection: Connection, monitor: DomainMonitor): Domain {
  const { domain, fate } = monitor;
  const { board, machine, input, run, writes, stage2, byConsole } = connection;
  machine.fate.onDoom((error) => {
    fate.doom(error);
  });
  const who = `${board} domain ${domain.name} (d${domain.domid})`;
  const { memory } = machine;
  const link =
    memory === undefined || byConsole
      ? new ConsoleLink({
          who,
          run,
          domid: domain.domid,
          input,
          replies: monitor.replies,
          acks: monitor.acks,
          fate,
          blame: (verdict) => blameLine(machine, verdict, [monitor]),
        })
      : new MailboxLink(
          who,
          new MachineMailbox(memory, mailboxOf(who, memory, run, domain.name), fate),
        );
  const { transcript } = machine.console;
  const where = (): string => `${transcript.files.lines}:${transcript.lines.length}`;
  const client = new ProbeClient(domain, who, link, where);
  return new Domain(domain, { client, writes, stage2 }, monitor.notes);
}

function mailboxOf(who: string, memory: PhysicalMemory, run: string, domain: string): bigint {
  const address = findMailbox(memory, run, domain);
  if (address !== undefined) return address;
  throw new EnvironmentError({
    who,
    what: 'is up, but its mailbox is nowhere in physical memory',
    remedy: 'the probe and the harness may be of different versions: `npx crosspage images build`',
  });
}
