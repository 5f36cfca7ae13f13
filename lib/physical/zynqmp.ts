// SPDX-License-Identifier: Apache-2.0
/** Zynq UltraScale+ MPSoC (UG1085): what its boards have in common, and each of them. */
import type { Capability } from '../boards/board.ts';
import type { BudgetStage } from '../lab/lab.ts';
import type { Range } from '../memory/ranges.ts';
import { type Bytes, GiB, KiB, MiB } from '../support/units.ts';
import { zynqmpProfile } from '../u-boot/profile.ts';
import type { HostLayout, PlannedMachine } from '../xen/plan.ts';
import type { BoardType, CacheGeometry } from './board-type.ts';

/** The low bank less its last MiB, which U-Boot does not count as RAM either. */
const lowBank: Range = { name: 'low RAM', start: 0n, size: 0x7ff0_0000n };
/** UG1085, table 10-1: DDR beyond the low 2 GiB. */
const highBank: Range = { name: 'high RAM', start: 0x8_0000_0000n, size: BigInt(GiB(2)) };

/**
 * Where U-Boot puts files: above its own text (0x800_0000) and Linux' customary addresses, far
 * below the top of the low bank, to which it moves itself.
 */
const window: Range = { name: 'boot files', start: 0x1000_0000n, size: BigInt(MiB(512)) };

/** First host address of a region: the upper half of the low bank. */
const regionBase = 0x6000_0000n;

/** GICV of a GIC-400, which Xen maps into every domain as its GICC. */
const gicv: Range = { name: 'GICV', start: 0xf906_0000n, size: 0x2000n };

/** Cortex-A53 of ZynqMP (UG1085, chapter 3). */
export const cortexA53Caches: readonly CacheGeometry[] = [
  { level: 1, kind: 'data', size: KiB(32), ways: 4, line: 64 },
  { level: 1, kind: 'instruction', size: KiB(32), ways: 2, line: 64 },
  { level: 2, kind: 'unified', size: MiB(1), ways: 16, line: 64 },
];

/** How long a board may take; by far less is usual. */
export const usualBudgets: Readonly<Record<BudgetStage, number>> = {
  power: 30_000,
  firmware: 30_000,
  'u-boot': 30_000,
  load: 120_000,
  xen: 30_000,
  domains: 30_000,
  dom0: 120_000,
  ssh: 60_000,
};

/** Where there is RAM and room, for a machine of one or two banks. */
export function zynqmpLayout(
  machine: PlannedMachine,
  banks: readonly Range[],
  common: Range = gicv,
): HostLayout {
  return {
    machine,
    ram: () => banks,
    modules: window,
    regionBase,
    commonDevices: () => [common],
  };
}

export function zynqmpMachine(memory: Bytes): PlannedMachine {
  return { gic: 2, cpu: 'cortex-a53', cpus: 4, memory };
}

const hardware: ReadonlySet<Capability> = new Set<Capability>([
  'device-alignment-fault',
  'data-cache',
  'power',
]);

/** What flavours with an early console are where it is UART0, at 0xff00_0000 (UG1085, table 10-2). */
export const uart0Builds: BoardType['builds'] = {
  'early-console': 'early-console-zynqmp',
  'early-console-4.17': 'early-console-zynqmp-4.17',
};

/** No flavour has UART1. */
const uart1Builds: BoardType['builds'] = {
  'early-console': undefined,
  'early-console-4.17': undefined,
};

interface Particulars {
  readonly name: string;
  readonly memory: Bytes;
  readonly banks: readonly Range[];
  /** Of Linux' device trees. */
  readonly tree: string;
  /** The UART's node. */
  readonly uart: string;
  readonly builds: BoardType['builds'];
}

function boardOf({ name, memory, banks, tree, uart, builds }: Particulars): BoardType {
  const machine = zynqmpMachine(memory);
  return {
    name,
    testedOnHardware: false,
    machine,
    banks,
    caches: cortexA53Caches,
    layout: zynqmpLayout(machine, banks),
    baseTree: { linux: tree },
    xenArguments: ['console=dtuart', `dtuart=${uart}`],
    uboot: zynqmpProfile,
    capabilities: builds === uart0Builds ? new Set([...hardware, 'early-console']) : hardware,
    builds,
    budgets: usualBudgets,
  };
}

/** UG1182: 4 GiB of DDR4, UART0 on the first port of its USB bridge. */
export const zcu102 = boardOf({
  name: 'zcu102',
  memory: GiB(4),
  banks: [lowBank, highBank],
  tree: 'xilinx/zynqmp-zcu102-rev1.0.dtb',
  uart: '/axi/serial@ff000000',
  builds: uart0Builds,
});

/** The K26 module on its vision carrier: 4 GiB, UART1. */
export const kv260 = boardOf({
  name: 'kv260',
  memory: GiB(4),
  banks: [lowBank, highBank],
  tree: 'xilinx/zynqmp-smk-k26-revA-sck-kv-g-revB.dtb',
  uart: '/axi/serial@ff010000',
  builds: uart1Builds,
});

/** 2 GiB of LPDDR4, UART1 on its header. */
export const ultra96 = boardOf({
  name: 'ultra96',
  memory: GiB(2),
  banks: [lowBank],
  tree: 'xilinx/avnet-ultra96-rev1.dtb',
  uart: '/axi/serial@ff010000',
  builds: uart1Builds,
});
