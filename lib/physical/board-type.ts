// SPDX-License-Identifier: Apache-2.0
import type { Capability } from '../boards/board.ts';
import type { DeviceTree } from '../dt/index.ts';
import type { BudgetStage } from '../lab/lab.ts';
import type { Range } from '../memory/ranges.ts';
import type { Bytes } from '../support/units.ts';
import type { UBootProfile } from '../u-boot/profile.ts';
import type { HostLayout, PlannedMachine } from '../xen/plan.ts';

/** One level of a processor's caches. */
export interface CacheGeometry {
  readonly level: 1 | 2;
  readonly kind: 'data' | 'instruction' | 'unified';
  readonly size: Bytes;
  readonly ways: number;
  readonly line: Bytes;
}

/** The machine's own device tree: a file among those that Linux has, or made here. */
export type BaseTree =
  { readonly linux: string } | { readonly made: (machine: PlannedMachine) => DeviceTree };

/** All that a driver has to know of a kind of board; a board is an entry of the lab file. */
export interface BoardType {
  readonly name: string;
  /** Whether it was ever run on the hardware that it describes. */
  readonly testedOnHardware: boolean;
  readonly machine: PlannedMachine;
  /** RAM that Xen gets. */
  readonly banks: readonly Range[];
  readonly caches: readonly CacheGeometry[];
  readonly layout: HostLayout;
  readonly baseTree: BaseTree;
  /** The UART that Xen prints on, and all else that its command line says of this machine. */
  readonly xenArguments: readonly string[];
  readonly uboot: UBootProfile;
  readonly capabilities: ReadonlySet<Capability>;
  /**
   * Flavours whose early console is the UART of another machine: what is booted in their place, or
   * undefined where no build has this machine's. With capability `early-console` all have one.
   */
  readonly builds: Readonly<Record<string, string | undefined>>;
  /** Milliseconds for each stage, unless the lab file says another. */
  readonly budgets: Readonly<Record<BudgetStage, number>>;
}
