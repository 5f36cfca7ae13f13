// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import type { Board, BootOrder, LinuxAccess, RunningMachine } from '../boards/board.ts';
import { keyMessage, makeRunKeys, type SshKeys } from '../boards/run-keys.ts';
import {
  type CommandOptions,
  type CommandStream,
  SshConnection,
} from '../boards/ssh-connection.ts';
import type { CommandResult } from '../boards/ssh-errors.ts';
import { makeDirectory } from '../host/evidence-files.ts';
import { Deadline } from '../support/deadline.ts';
import { endAfter, messageOf, MisuseError } from '../support/errors.ts';
import { planSystem, type SystemPlan } from '../xen/plan.ts';
import type { LinuxDom0Spec, MachineSpec, SystemSpec, XenSpec } from '../xen/spec.ts';
import type { Tampering } from '../xen/tampering.ts';
import { explainSilence } from './dom0-silence.ts';
import { Dom0Watch } from './dom0-watch.ts';
import { resumeMachine, type ResumeOptions } from './resume.ts';
import type { Stages } from './system.ts';
import { UnendedCommands } from './unended-commands.ts';

/** A system that begins as a Linux dom0: its other domains are made by the toolstack, or by Xen. */
export interface Dom0SystemSpec {
  readonly machine?: MachineSpec;
  readonly xen?: XenSpec;
  readonly sram?: NonNullable<SystemSpec['sram']>;
  readonly reservedMemory?: NonNullable<SystemSpec['reservedMemory']>;
  /** Default: the root file system `dom0` with its defaults. */
  readonly dom0?: LinuxDom0Spec;
  /** Domains that Xen makes beside dom0 at boot. Default: none. */
  readonly domains?: SystemSpec['domains'];
}

/** How to come by a dom0. */
export interface Dom0Options {
  /** Directory for consoles, device trees and command lines; made if it is not there. */
  readonly evidence: string;
  /** From power-on to SSH, the first boot of its kind included. Default 240 s. */
  readonly budgetMs?: number;
  /**
   * Boot it, even where it could be restored. Default: where Xen makes domains beside it, which a
   * restored machine would leave asleep.
   */
  readonly fresh?: boolean;
  /** What was booted, in words that only the same has: with it a dom0 may be left and resumed. */
  readonly key?: string | undefined;
}

/** A Linux dom0 that answers by SSH. Ends with `[Symbol.asyncDispose]`. */
export class Dom0 implements AsyncDisposable {
  readonly machine: RunningMachine;
  readonly plan: SystemPlan;
  /** The nonce of the probes that were booted beside it. */
  readonly probeRun: string;
  /** The nonce of this run, which dom0 was handed with its keys. */
  readonly nonce: string;
  /** Stages from the machine's start, with milliseconds. */
  readonly stages: Stages;
  readonly #who: string;
  readonly #ssh: SshConnection;
  readonly #unended = new UnendedCommands();
  #ending = false;

  constructor(parts: {
    who: string;
    machine: RunningMachine;
    plan: SystemPlan;
    probeRun: string;
    nonce: string;
    stages: Stages;
    ssh: SshConnection;
  }) {
    this.#who = parts.who;
    this.machine = parts.machine;
    this.plan = parts.plan;
    this.probeRun = parts.probeRun;
    this.nonce = parts.nonce;
    this.stages = parts.stages;
    this.#ssh = parts.ssh;
  }

  /** Where it has the Image of the memory probe, for domains that it creates. */
  get probePath(): string {
    return this.machine.linux?.probePath ?? '';
  }

  /** Runs a command in dom0 and waits for its end. @throws SshError when it is not known. */
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult> {
    return this.#ask(this.#unended.follow(argv, this.#ssh.run(argv, options)));
  }

  /** The standard output of a command. @throws CommandError when it does not succeed. */
  output(argv: readonly string[], options?: CommandOptions): Promise<string> {
    return this.#ask(this.#unended.follow(argv, this.#ssh.output(argv, options)));
  }

  /** Starts a command that goes on while something is said to it. @throws SshError. */
  stream(argv: readonly string[], deadline: Deadline): Promise<CommandStream> {
    return this.#ask(this.#ssh.stream(argv, deadline));
  }

  /** Writes a file in dom0, with the permissions `mode` (default 0644). */
  upload(path: string, content: string | Buffer, mode?: number): Promise<void> {
    return this.#ask(this.#ssh.upload(path, content, mode));
  }

  /** Reads a file of dom0. */
  download(path: string): Promise<Buffer> {
    return this.#ask(this.#ssh.download(path));
  }

  /**
   * Why it may not go on without this process; undefined where it may: its console tells of no death,
   * no command may still be under way, and it answers by SSH. What was done in it is for who did it
   * to judge.
   */
  async whyNotLeft(): Promise<string | undefined> {
    const { fate, console } = this.machine;
    if (this.machine.leave === undefined) return 'nothing on its board outlives a worker';
    if (fate.error !== undefined) return messageOf(fate.error);
    const { diskError } = console.transcript;
    if (diskError !== undefined) return `its console could not be kept: ${diskError.message}`;
    const { first } = this.#unended;
    if (first !== undefined) return `it is not known whether \`${first}\` has ended in it`;
    return this.output(['true'], { timeoutMs: answerMs }).then(() => undefined, messageOf);
  }

  /** Ends the session; the machine goes on, for a later process of this run to resume with `memo`. */
  async leave(memo: string): Promise<void> {
    this.#ending = true;
    await this.#ssh.dispose();
    await this.machine.leave?.(memo);
  }

  /** Ends the session and the machine. Idempotent. */
  async dispose(): Promise<void> {
    this.#ending = true;
    await this.#ssh.dispose();
    await this.machine.dispose();
  }

  /** {@link Dom0.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** @throws what `work` does, or that Xen hangs where that is why nothing came back. */
  async #ask<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      // What our own end cut off says nothing about Xen.
      if (this.#ending) throw error;
      throw await explainSilence(this.#who, this.machine, error);
    }
  }
}

/** A boot takes some seconds; on a host that does other things too, much longer. */
const defaultBudgetMs = 240_000;

/** How long a dom0 that is well may take for one command: the host may be busy. */
const answerMs = 10_000;

/** The stage in which dom0 waits for its keys: the state that is kept. */
const waiting = 'waiting';

/**
 * Brings a dom0 up to SSH: restored where the board keeps a machine of the same content, else
 * booted. Keys, nonce, clock and randomness are this run's own.
 * @throws MisuseError for a specification that cannot work; EnvironmentError for what the host or
 * the board lacks; SubjectError when Xen or dom0 does not come up; SshError when SSH does not.
 * Nothing is left running then.
 */
export async function startDom0(
  board: Board,
  spec: Dom0SystemSpec,
  options: Dom0Options,
): Promise<Dom0> {
  return startPlannedDom0(board, planDom0(board, spec), options);
}

function planDom0(board: Board, spec: Dom0SystemSpec): SystemPlan {
  const { domains = {}, ...system } = spec;
  return planSystem({ dom0: { linux: 'dom0' }, ...system, domains }, board.layout);
}

/**
 * Goes on with the dom0 that an earlier process of this run left on `board` under `options.key`, if
 * it is there and answers by SSH, and `prove` finds it well, by what that process left word of.
 * Undefined where it is to be booted: see {@link resumeMachine}.
 */
export async function resumeDom0<T>(
  board: Board,
  spec: Dom0SystemSpec,
  options: ResumeOptions,
  prove: (dom0: Dom0, memo: string) => Promise<T>,
): Promise<T | undefined> {
  const plan = planDom0(board, spec);
  const who = `${board.name} dom0`;
  return resumeMachine(board, options, async ({ machine, run, memo }, deadline) => {
    const watch = new Dom0Watch(who, machine);
    const dom0 = await bringUp({ who, machine, plan, probeRun: run, watch, deadline });
    try {
      return await prove(dom0, memo);
    } catch (error) {
      throw await endAfter(error, () => dom0.dispose());
    }
  });
}

/** How to come by the dom0 of a plan. */
export interface PlannedDom0Options extends Dom0Options {
  /** What is done to the boot behind the plan's back. */
  readonly tampering?: Tampering | undefined;
  /** Is given the machine as soon as it runs: to hear what it says, should dom0 not come up. */
  readonly onMachine?: (machine: RunningMachine) => void;
}

/** {@link startDom0} of a plan as it is, checked or not. */
export async function startPlannedDom0(
  board: Board,
  plan: SystemPlan,
  options: PlannedDom0Options,
): Promise<Dom0> {
  const deadline = Deadline.after(options.budgetMs ?? defaultBudgetMs);
  const run = randomBytes(4).toString('hex');
  const { evidence, tampering, key } = options;
  await makeDirectory(evidence);
  const order: BootOrder = { plan, run, evidence, deadline, tampering, key };
  const who = `${board.name} dom0`;
  const prepare = (machine: RunningMachine): Promise<void> =>
    new Dom0Watch(who, machine).until(waiting, deadline);
  // QEMU saves no hypervisor timer (target/arm/machine.c): a processor whose next one was near never
  // gets another. Beside an idle dom0 that is far off, beside probes that nap it is not.
  const fresh = options.fresh ?? plan.domains.length > 1;
  const restored = fresh ? undefined : await board.startPrepared?.(order, prepare);
  const machine = restored ?? (await board.start(order));
  options.onMachine?.(machine);
  try {
    const watch = new Dom0Watch(who, machine);
    if (restored === undefined) await watch.until(waiting, deadline);
    return await bringUp({ who, machine, plan, probeRun: run, watch, deadline });
  } catch (error) {
    throw await endAfter(error, () => machine.dispose());
  }
}

interface Waiting {
  readonly who: string;
  readonly machine: RunningMachine;
  readonly plan: SystemPlan;
  readonly probeRun: string;
  readonly watch: Dom0Watch;
  readonly deadline: Deadline;
}

/** Hands in the keys where dom0 has not got them already, waits for the SSH server, connects. */
async function bringUp({ who, machine, plan, probeRun, watch, deadline }: Waiting): Promise<Dom0> {
  const access = machine.linux;
  const keys = access?.keys ?? handIn(access);
  if (access === undefined || keys === undefined)
    throw new MisuseError({ who, what: 'is on a board that cannot hand it its keys' });
  await watch.until(`ready ${keys.nonce}`, deadline);
  const ssh = await connect(who, access, keys, machine, deadline);
  return new Dom0({ who, machine, plan, probeRun, nonce: keys.nonce, stages: watch.stages, ssh });
}

/** That they came is told by what dom0 says next. */
function handIn(access: LinuxAccess | undefined): SshKeys | undefined {
  if (access?.control === undefined) return undefined;
  const keys = makeRunKeys();
  access.control.write(keyMessage(keys, new Date()));
  return keys;
}

async function connect(
  who: string,
  access: LinuxAccess,
  keys: SshKeys,
  machine: RunningMachine,
  deadline: Deadline,
): Promise<SshConnection> {
  const address = await access.sshAddress();
  const target = {
    who,
    ...address,
    username: 'root',
    privateKey: keys.userPrivateKey,
    agent: keys.agent,
    hostPublicKey: keys.hostPublicKey,
  };
  return SshConnection.connect(target, deadline, machine.fate);
}
