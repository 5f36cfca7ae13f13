// SPDX-License-Identifier: Apache-2.0
/**
 * The device tree of QEMU's machine xlnx-zcu102: for its U-Boot, and as the base tree of a run. It
 * has no firmware behind its SMC and no clock controller, so it gets a tree of its own: what Xen and
 * a Linux dom0 need, and fixed clocks.
 */
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
import type { Bytes } from '../support/units.ts';

/** What tells one emulated board from another. */
export interface EmulatedBoard {
  readonly cpus: number;
  readonly memory: Bytes;
  /** `00:0a:35:00:00:01`: U-Boot's `ethaddr`. */
  readonly mac: string;
  /** As U-Boot prints it. */
  readonly model: string;
}

/**
 * QEMU repeats each page of the GIC-400 every 4 KiB. Xen takes an aliased GIC for one with a page of
 * 64 KiB each, and would look for GICC_DIR where GICC_CTLR is: with the last page of the first alias
 * and the first of the second as a GIC of two pages, it looks in the right place.
 */
const gic = {
  distributor: [0xf901_0000n, 0x1_0000n],
  cpu: [0xf902_f000n, 0x2000n],
  hypervisor: [0xf904_0000n, 0x2_0000n],
  guest: [0xf906_f000n, 0x2000n],
} as const;

/** What each guest has as its GICC. */
export const zcu102Gicv: Range = { name: 'GICV', start: gic.guest[0], size: gic.guest[1] };

const phandles = { gic: 1, clock: 2 };
const levelHigh = 4;
/** GIC PPIs of the timer: level low, for all processors (Linux, arm,gic.yaml). */
const ppi = (line: number): number[] => [1, line, 0xf08];
const spi = (line: number): number[] => [0, line, levelHigh];

const interruptController = (): DtNode =>
  node('interrupt-controller@f9010000', {
    compatible: 'arm,gic-400',
    '#interrupt-cells': 3,
    'interrupt-controller': true,
    reg: cells64(...gic.distributor, ...gic.cpu, ...gic.hypervisor, ...gic.guest),
    interrupts: cells(1, 9, 0xf04),
    phandle: phandles.gic,
  });

const timer = (): DtNode =>
  node('timer', {
    compatible: 'arm,armv8-timer',
    interrupts: cells(...ppi(13), ...ppi(14), ...ppi(11), ...ppi(10)),
  });

/** There is no clock controller: all run at one rate. */
const clock = (): DtNode =>
  node('clock', {
    compatible: 'fixed-clock',
    '#clock-cells': 0,
    'clock-frequency': 125_000_000,
    phandle: phandles.clock,
  });

function uart(address: bigint, line: number): DtNode {
  return node(`serial@${address.toString(16)}`, {
    compatible: strings('xlnx,zynqmp-uart', 'cdns,uart-r1p12'),
    reg: cells64(address, 0x1000n),
    interrupts: cells(...spi(line)),
    'clock-names': strings('uart_clk', 'pclk'),
    clocks: cells(phandles.clock, phandles.clock),
  });
}

function ethernet(mac: string): DtNode {
  const { clock: rate } = phandles;
  return node(
    'ethernet@ff0b0000',
    {
      compatible: strings('xlnx,zynqmp-gem', 'cdns,gem'),
      reg: cells64(0xff0b_0000n, 0x1000n),
      interrupts: cells(...spi(57), ...spi(57)),
      'clock-names': strings('pclk', 'hclk', 'tx_clk', 'rx_clk', 'tsu_clk'),
      clocks: cells(rate, rate, rate, rate, rate),
      'phy-mode': 'rgmii-id',
      'local-mac-address': Uint8Array.from(mac.split(':'), (pair) => Number.parseInt(pair, 16)),
    },
    [node('fixed-link', { speed: 1000, 'full-duplex': true })],
  );
}

function processors(count: number): DtNode {
  const each = Array.from({ length: count }, (_none, index) =>
    node(`cpu@${index}`, {
      device_type: 'cpu',
      compatible: 'arm,cortex-a53',
      'enable-method': 'psci',
      reg: index,
    }),
  );
  return node('cpus', { '#address-cells': 1, '#size-cells': 0 }, each);
}

/** The device tree of one emulated board. */
export function zcu102Tree({ cpus, memory, mac, model }: EmulatedBoard): DeviceTree {
  const properties = {
    '#address-cells': 2,
    '#size-cells': 2,
    'interrupt-parent': phandles.gic,
    compatible: strings('xlnx,zynqmp-zcu102-virtual', 'xlnx,zynqmp-zcu102', 'xlnx,zynqmp'),
    model,
  };
  return deviceTree(
    node('', properties, [
      node('aliases', { serial0: '/serial@ff000000', ethernet0: '/ethernet@ff0b0000' }),
      node('chosen', { 'stdout-path': 'serial0:115200n8' }),
      node('memory@0', { device_type: 'memory', reg: cells64(0n, memory) }),
      processors(cpus),
      // There is no firmware behind it but QEMU.
      node('psci', { compatible: strings('arm,psci-1.0', 'arm,psci-0.2'), method: 'smc' }),
      interruptController(),
      timer(),
      clock(),
      uart(0xff00_0000n, 21),
      uart(0xff01_0000n, 22),
      ethernet(mac),
    ]),
  );
}
