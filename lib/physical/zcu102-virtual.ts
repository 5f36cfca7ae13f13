// SPDX-License-Identifier: Apache-2.0
/**
 * QEMU's machine `xlnx-zcu102` as a lab has it. It has no firmware behind its SMC and no clock
 * controller, so it gets a device tree of its own: what Xen and a Linux dom0 need, and fixed clocks.
 */
import type { Capability } from '../boards/board.ts';
import {
  cells,
  cells64,
  type DeviceTree,
  deviceTree,
  type DtNode,
  node,
  strings,
} from '../dt/index.ts';
import type { Range } from '../memory/ranges.ts';
import { GiB } from '../support/units.ts';
import { zynqmpProfile } from '../u-boot/profile.ts';
import type { PlannedMachine } from '../xen/plan.ts';
import type { BoardType } from './board-type.ts';
import { usualBudgets, zynqmpLayout, zynqmpMachine } from './zynqmp.ts';

const machine: PlannedMachine = { ...zynqmpMachine(GiB(2)), cpus: 2 };
const bank: Range = { name: 'RAM', start: 0n, size: BigInt(machine.memory) };

/**
 * QEMU repeats each page of the GIC-400 every 4 KiB, and Xen would take GICC_CTLR for GICC_DIR: the
 * last 4 KiB of the first alias and the first of the second are a GICC of the size that it has.
 */
const gicc = { start: 0xf902_f000n, size: 0x2000n };
const gicv: Range = { name: 'GICV', start: 0xf906_f000n, size: 0x2000n };

const phandles = { gic: 1, clock: 2 };
const levelHigh = 4;
const spi = (line: number): [number, number, number] => [0, line, levelHigh];
/** Of all four processors, active low. */
const ppi = (line: number): [number, number, number] => [1, line, 0xf08];

function cpuNodes({ cpus }: PlannedMachine): DtNode[] {
  return Array.from({ length: cpus }, (_unused, index) =>
    node(`cpu@${index}`, {
      device_type: 'cpu',
      compatible: 'arm,cortex-a53',
      'enable-method': 'psci',
      reg: index,
    }),
  );
}

function interruptNodes(): DtNode[] {
  return [
    node('interrupt-controller@f9010000', {
      compatible: 'arm,gic-400',
      '#interrupt-cells': 3,
      'interrupt-controller': true,
      reg: cells64(
        ...[0xf901_0000n, 0x1_0000n, gicc.start, gicc.size],
        ...[0xf904_0000n, 0x2_0000n, gicv.start, gicv.size],
      ),
      interrupts: cells(1, 9, 0xf04),
      phandle: phandles.gic,
    }),
    node('timer', {
      compatible: 'arm,armv8-timer',
      interrupts: cells(...ppi(13), ...ppi(14), ...ppi(11), ...ppi(10)),
    }),
  ];
}

function deviceNodes(): DtNode[] {
  const { clock } = phandles;
  return [
    node('clock', {
      compatible: 'fixed-clock',
      '#clock-cells': 0,
      'clock-frequency': 125_000_000,
      phandle: clock,
    }),
    node('serial@ff000000', {
      compatible: strings('xlnx,zynqmp-uart', 'cdns,uart-r1p12'),
      reg: cells64(0xff00_0000n, 0x1000n),
      interrupts: cells(...spi(21)),
      'clock-names': strings('uart_clk', 'pclk'),
      clocks: cells(clock, clock),
    }),
    node(
      'ethernet@ff0b0000',
      {
        compatible: strings('xlnx,zynqmp-gem', 'cdns,gem'),
        reg: cells64(0xff0b_0000n, 0x1000n),
        interrupts: cells(...spi(57), ...spi(57)),
        'clock-names': strings('pclk', 'hclk', 'tx_clk', 'rx_clk', 'tsu_clk'),
        clocks: cells(clock, clock, clock, clock, clock),
        'phy-mode': 'rgmii-id',
      },
      [node('fixed-link', { speed: 1000, 'full-duplex': true })],
    ),
  ];
}

function tree(of: PlannedMachine): DeviceTree {
  const cpus = node('cpus', { '#address-cells': 1, '#size-cells': 0 }, cpuNodes(of));
  return deviceTree(
    node(
      '',
      {
        '#address-cells': 2,
        '#size-cells': 2,
        'interrupt-parent': phandles.gic,
        compatible: strings('xlnx,zynqmp-zcu102-virtual', 'xlnx,zynqmp-zcu102', 'xlnx,zynqmp'),
        model: 'ZynqMP ZCU102 emulated by QEMU',
      },
      [
        node('aliases', { serial0: '/serial@ff000000', ethernet0: '/ethernet@ff0b0000' }),
        node('chosen', { 'stdout-path': 'serial0:115200n8' }),
        node('memory@0', { device_type: 'memory', reg: cells64(bank.start, bank.size) }),
        cpus,
        node('psci', { compatible: strings('arm,psci-0.2'), method: 'smc' }),
        ...interruptNodes(),
        ...deviceNodes(),
      ],
    ),
  );
}

/** No caches, and nothing of its memory is seen: it is reached as a board is. */
export const zcu102Virtual: BoardType = {
  name: 'zcu102-virtual',
  testedOnHardware: false,
  machine,
  banks: [bank],
  caches: [],
  layout: zynqmpLayout(machine, [bank], gicv),
  baseTree: { made: tree },
  // Scrubbing would make the host allocate all of the machine's RAM.
  xenArguments: ['console=dtuart', 'dtuart=/serial@ff000000', 'bootscrub=0'],
  uboot: zynqmpProfile,
  capabilities: new Set<Capability>(['device-alignment-fault', 'power']),
  // Its processors and its network are emulated, on a host that does other things too.
  budgets: { ...usualBudgets, firmware: 60_000, load: 600_000, dom0: 240_000 },
};
