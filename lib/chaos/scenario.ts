// SPDX-License-Identifier: Apache-2.0
import type { BudgetStage } from '../lab/index.ts';
import type { HealthState } from '../physical/health.ts';
import type { BoardFaults } from '../virtual-lab/faults.ts';

/** How a test on a board comes out: well, or with an error of that class. */
export type Outcome = 'passes' | 'subject' | 'environment' | 'blocked' | 'misuse';

/** What is wrong around the board before its boot begins. */
export type Condition =
  /** Where the console's files are to be, there is no room. */
  | 'disk-full'
  /** The TFTP server's directory is not there. */
  | 'tftp-directory-away'
  /** Another program has the console's device open. */
  | 'port-held'
  /** Another run has the board. */
  | 'board-held'
  /** An earlier run left the board as not to be trusted. */
  | 'health-unknown';

/** What happens to a system that is up, while its test goes on. */
export type Act =
  | { readonly faults: BoardFaults }
  /** The board's button, its clock, its supply. */
  | 'reset'
  | 'hang'
  | 'power-cut'
  /** The board is given to somebody else by force. */
  | 'lease-taken'
  /** SIGKILL to the process that holds the board for the run. */
  | 'station-killed'
  /** SIGKILL to the run itself. */
  | 'run-killed'
  /** SIGKILL to both at once. */
  | 'all-killed';

/** One act, so many milliseconds after the one before. */
export interface Step {
  readonly act: Act;
  readonly afterMs?: number;
}

/** What a scenario has to come to. */
export interface Expected {
  /** Any of them is right; what is not named is wrong. */
  readonly outcomes: readonly Outcome[];
  /** The stage of a boot in which the error has to say that it was. */
  readonly stage?: BudgetStage;
  /** Boots that were begun; a range where chance decides. Default: 1. */
  readonly attempts?: number | readonly [least: number, most: number];
  /** What is known of the board afterwards. Default: `good`. */
  readonly health?: HealthState | readonly HealthState[];
  /** Whether its power has to stay as it was, because it is another's. Default: it is off. */
  readonly staysOn?: boolean;
  /** What the error has to tell, each. */
  readonly says?: readonly RegExp[];
}

/** One fault of a lab, injected at one point, and what has to become of a test then. */
export interface Scenario {
  readonly name: string;
  /** What goes wrong, in words. */
  readonly what: string;
  /** Two domains that share a page, or a Linux dom0. Default: `domains`. */
  readonly system?: 'domains' | 'dom0';
  /** From before power-on. */
  readonly faults?: BoardFaults;
  readonly before?: Condition;
  /**
   * When the faults end: with the first attempt, or so long after the console's device went away.
   * Default: not before the test has ended.
   */
  readonly heals?: 'after-attempt-1' | { readonly afterLineGoneMs: number };
  /** While the domains are being asked. */
  readonly during?: readonly Step[];
  /** Whether the lab file says that the consoles come and go. Default: no. */
  readonly transient?: boolean;
  readonly expected: Expected;
}
