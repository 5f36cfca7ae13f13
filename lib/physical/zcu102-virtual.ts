// SPDX-License-Identifier: Apache-2.0
import type { Capability } from '../boards/board.ts';
import type { Range } from '../memory/ranges.ts';
import { GiB } from '../support/units.ts';
import { zynqmpProfile } from '../u-boot/profile.ts';
import type { PlannedMachine } from '../xen/plan.ts';
import type { BoardType } from './board-type.ts';
import { zcu102Gicv, zcu102Tree } from './zcu102-tree.ts';
import { uart0Builds, usualBudgets, zynqmpLayout, zynqmpMachine } from './zynqmp.ts';

const machine: PlannedMachine = { ...zynqmpMachine(GiB(2)), cpus: 2 };
const bank: Range = { name: 'RAM', start: 0n, size: BigInt(machine.memory) };

/** Any address is taken: each emulated board has a network of its own. */
const mac = '00:0a:35:00:00:01';

const model = 'ZynqMP ZCU102 emulated by QEMU';

/** QEMU's machine `xlnx-zcu102` as a lab has it: no caches, and nothing of its memory is seen: it is reached as a board is. */
export const zcu102Virtual: BoardType = {
  name: 'zcu102-virtual',
  testedOnHardware: false,
  machine,
  banks: [bank],
  caches: [],
  layout: zynqmpLayout(machine, [bank], zcu102Gicv),
  baseTree: { made: ({ cpus, memory }) => zcu102Tree({ cpus, memory, mac, model }) },
  // Scrubbing would make the host allocate all of the machine's RAM.
  xenArguments: ['console=dtuart', 'dtuart=/serial@ff000000', 'bootscrub=0'],
  uboot: zynqmpProfile,
  capabilities: new Set<Capability>(['device-alignment-fault', 'power', 'early-console']),
  builds: uart0Builds,
  // Its processors and its network are emulated, on a host that does other things too.
  budgets: { ...usualBudgets, firmware: 60_000, load: 600_000, dom0: 240_000 },
};
