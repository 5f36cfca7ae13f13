// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from 'node:stream';
import type { Console } from '../console/console.ts';
import type { Deadline } from '../support/deadline.ts';
import type { EnvironmentError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import type { Bytes, HostAddress } from '../support/units.ts';
import type { GuestPaths } from '../xen/linux-guests.ts';
import type { HostLayout, SystemPlan } from '../xen/plan.ts';
import type { Tampering } from '../xen/tampering.ts';
import type { SshKeys } from './run-keys.ts';

/** What a board may or may not be able to do or show. A test that needs more is skipped. */
export const boardCapabilities = [
  /** The host reads and writes the machine's physical memory while it runs. */
  'physical-memory',
  /** The stage-2 tables can be read from outside. */
  'stage2-introspection',
  /** An unaligned access to Device memory faults. */
  'device-alignment-fault',
  /** There are real data caches, so that a missing clean can be seen. */
  'data-cache',
  /**
   * Several vCPUs of several domains carry out commands at once. By console only vCPU 0 of one
   * domain does at a time.
   */
  'concurrent-commands',
  /** Power can be cut. */
  'power',
  /** The flavours `early-console*` are there for its UART: Xen speaks from its first instruction. */
  'early-console',
] as const;
/** What a board may be able to do or show. */
export type Capability = (typeof boardCapabilities)[number];

/** Physical memory of a running machine, seen from outside. */
export interface PhysicalMemory {
  /** The ranges that {@link read} and {@link write} reach, first address and size in bytes. */
  readonly ranges: readonly { readonly start: HostAddress; readonly size: bigint }[];
  read(address: bigint, length: Bytes): Buffer;
  write(address: bigint, bytes: Uint8Array): void;
}

/** A processor of a machine that is stopped. */
export interface StoppedProcessor {
  /** `CPU 0`. */
  readonly name: string;
  /**
   * The value of a register by the Arm ARM's name: `VTTBR_EL2`, `X0`, `PC`.
   * @throws EnvironmentError when it cannot be read.
   */
  register(name: string): Promise<bigint>;
}

/** The processors of a running machine, seen from outside. */
export interface Processors {
  /** Stops all of them, lets `look` read their registers, and lets them go on. */
  whileStopped<T>(
    deadline: Deadline,
    look: (processors: readonly StoppedProcessor[]) => Promise<T>,
  ): Promise<T>;
}

/** One file that a boot loads, with where it goes. */
export interface BootFile {
  readonly name: string;
  readonly path: string;
  readonly address: HostAddress;
}

/** Everything a board needs to boot a system. */
export interface BootOrder {
  readonly plan: SystemPlan;
  /** The run's nonce, eight hexadecimal digits: records of another boot never match. */
  readonly run: string;
  /** An existing directory for consoles, device trees and command lines. */
  readonly evidence: string;
  readonly deadline: Deadline;
  /** What may be resumed by it: see {@link Board.resume}. Default: the machine ends with this process. */
  readonly key?: string | undefined;
  /** For a boot that is meant to go wrong; none in an ordinary one. */
  readonly tampering?: Tampering | undefined;
}

/** What is to go on. */
export interface ResumeOrder {
  /** What was booted, in words that only the same has. */
  readonly key: string;
  /** An existing directory for consoles. */
  readonly evidence: string;
  readonly deadline: Deadline;
}

/** How the host reaches a Linux on the machine. */
export interface LinuxAccess {
  /**
   * A line of its own to process 1 of dom0, which takes keys there; undefined where dom0 has them
   * from its root file system.
   */
  readonly control: Duplex | undefined;
  /** Of the keys that dom0 was given before it booted, where there is no such line. */
  readonly keys?: SshKeys | undefined;
  /** Where dom0 has the Image of the memory probe, for the domains that it creates. */
  readonly probePath: string;
  /** Where dom0 has what the Linux domains that it creates boot, if its specification names them. */
  readonly guestPaths: GuestPaths;
  /** Where its SSH server is reached. */
  sshAddress(): Promise<{ readonly host: string; readonly port: number }>;
}

/** A machine that was started. Ends with `[Symbol.asyncDispose]`. */
export interface RunningMachine extends AsyncDisposable {
  readonly console: Console;
  readonly fate: Fate;
  readonly memory: PhysicalMemory | undefined;
  readonly processors: Processors | undefined;
  /**
   * Of a machine at the end of a line that may be lost or lose bytes: what is known of the line, and
   * of the power, that explains why something was not heard. Undefined where nothing does: then it
   * is the machine's. Absent where nothing gets lost.
   */
  examineLine?(): Promise<EnvironmentError | undefined>;
  /** Undefined when no domain runs Linux. */
  readonly linux?: LinuxAccess | undefined;
  /** What it is, for the report: versions, hashes, by name. */
  readonly facts: Readonly<Record<string, string>>;
  /** Stops the machine's processors; evidence that needs a running machine comes before. */
  dispose(): Promise<void>;
  /**
   * Lets go of the machine and leaves it running, for a later process of this run to
   * {@link Board.resume}; absent where it cannot outlive this one. `memo`: what that one has to know
   * and the machine does not tell. Where that cannot be noted the machine is ended.
   */
  leave?(memo?: string): Promise<void>;
}

/** A machine that was left running. */
export interface ResumedMachine {
  readonly machine: RunningMachine;
  /** The nonce with which it was booted. */
  readonly run: string;
  /** What {@link RunningMachine.leave} was told; empty when nothing. */
  readonly memo: string;
}

/** A machine that was left running and cannot be taken up. */
export interface LostMachine {
  /** Why. */
  readonly lost: unknown;
}

/** Brings a machine that was just started to the state that is to be kept. */
export type Preparation = (machine: RunningMachine) => Promise<void>;

/** A board type or one board: the only seam between a boot and what it boots on. */
export interface Board {
  /** The Playwright project's name. */
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly layout: HostLayout;
  /** From power-on to the last domain's probe, at most. Default 30 s. */
  readonly bootBudgetMs?: number;
  /** There is one machine: a system on it ends before the next begins. Default false. */
  readonly exclusive?: boolean;
  /** Whether tests share a boot that do not say: `'file'` where a boot is dear. Default `'test'`. */
  readonly isolation?: 'test' | 'file';
  /** Capabilities of the hypervisor that this plan boots with; `'unknown'` before it ran. */
  hypervisorCapabilities(flavour: string | undefined): readonly string[] | 'unknown';
  /** Capabilities of the toolstack that goes with it, beyond what upstream's has. */
  toolstackCapabilities?(flavour: string | undefined): readonly string[] | 'unknown';
  /**
   * Takes the board for this run, and waits while another has it; absent where none can have it.
   * What starts a machine does so too, but within its deadline.
   * @throws BlockedError when it is not had within the time that the run gives for it.
   */
  reserve?(): Promise<void>;
  /**
   * Starts the machine with everything that the order names, and returns before Xen is up.
   * Rejects with EnvironmentError when the host or the board cannot do it; nothing is left then.
   */
  start(order: BootOrder): Promise<RunningMachine>;
  /**
   * Starts the machine in the state that `prepare` brought it to: prepared once for all orders of
   * the same content, kept, and restored each time. Undefined on a board that cannot; errors are
   * those of {@link start} and of `prepare`.
   */
  startPrepared?(order: BootOrder, prepare: Preparation): Promise<RunningMachine>;
  /**
   * Takes up the machine that an earlier process of this run left running under `key`, with all that
   * its consoles have said since its power-on; undefined where there is none. Errors are those of
   * {@link start}; what is wrong with the machine that was left is none, for it can be booted.
   */
  resume?(order: ResumeOrder): Promise<ResumedMachine | LostMachine | undefined>;
}
