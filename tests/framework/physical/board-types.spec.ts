// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { compareRequirements } from '../../../lib/fixtures/requirements.ts';
import { regOf, find } from '../../../lib/dt/index.ts';
import { contains, findOverlaps } from '../../../lib/memory/ranges.ts';
import { boardTypeByName } from '../../../lib/physical/board-types.ts';
import { PhysicalBoard, type PhysicalBoardOptions } from '../../../lib/physical/physical-board.ts';
import { linuxArguments, prefixLength } from '../../../lib/physical/network.ts';
import { GiB, PAGE } from '../../../lib/support/units.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import { boardWith } from '../boot/boards.ts';

const types = Object.values(boardTypeByName);

const spec: SystemSpec = {
  sharedMemory: { mailbox: { size: PAGE } },
  domains: { one: { probe: 'memory', maps: { mailbox: { role: 'owner' } } } },
};

test('boot files and regions are in RAM, and clear of each other and of U-Boot', () => {
  // U-Boot begins at its text and moves itself to the top of the low bank.
  const uboot = [
    { name: 'U-Boot', start: 0x800_0000n, size: 0x20_0000n },
    { name: 'U-Boot, moved', start: 0x7000_0000n, size: 0xff0_0000n },
  ];
  for (const { layout, banks, name } of types) {
    const region = { name: 'region', start: layout.regionBase, size: 0x20_0000n };
    expect(findOverlaps([layout.modules, region, ...uboot]), name).toEqual([]);
    for (const range of [layout.modules, region])
      expect(
        banks.some((bank) => contains(bank, range)),
        name,
      ).toBe(true);
  }
});

test('a plan on a board has the machine of the board, whatever the specification leaves open', () => {
  for (const { layout, machine } of types) {
    const plan = planSystem(spec, layout);

    expect(plan.machine).toEqual(machine);
    expect(plan.regions[0]?.hostAddress).toBe(layout.regionBase);
  }
});

test('no board says that it was tried on hardware: none was', () => {
  expect(types.filter(({ testedOnHardware }) => testedOnHardware)).toEqual([]);
});

test('the emulated board’s tree has the memory that its plan has', () => {
  const { baseTree, machine } = boardTypeByName['zcu102-virtual'];
  if (!('made' in baseTree)) throw new Error('its tree is a file');
  const tree = baseTree.made(machine);
  const memory = find(tree, '/memory@0');
  if (memory === undefined) throw new Error('it has no memory');

  expect(regOf(memory, 2, 2)).toEqual([{ address: 0n, size: BigInt(machine.memory) }]);
});

test('what a specification asks of another machine skips its test, in words', () => {
  const { layout } = boardTypeByName.zcu102;
  const board = Object.assign(boardWith(), { name: 'zcu102', layout });
  const reason = (machine: SystemSpec['machine'], more: Partial<SystemSpec> = {}): string =>
    compareRequirements(board, { ...spec, ...more, ...(machine && { machine }) }, []).reason ?? '';

  expect(reason({ gic: 3 })).toContain('zcu102 has no gic-3');
  expect(reason({ cpu: 'max' })).toContain('zcu102 has no max');
  expect(reason({ cpus: 2 })).toContain('zcu102 has no 2-cpus-machine');
  expect(reason({ memory: GiB(6) })).toContain('zcu102 has no memory-of-6-GiB');
  expect(reason({ gic: 2, cpu: 'cortex-a53', cpus: 4, memory: GiB(4) })).toBe('');
  const outside = { sharedMemory: { far: { size: PAGE, hostAddress: 0x7ff0_0000n } } };
  expect(reason(undefined, outside)).toContain('zcu102 has no ram-at-0x7ff00000');
  const inside = { sharedMemory: { far: { size: PAGE, hostAddress: 0x8_0000_0000n } } };
  expect(reason(undefined, inside)).toBe('');
});

/** A board of a type, with stand-ins for its lab and for the images, of which there is each flavour. */
function boardOf(type: keyof typeof boardTypeByName): PhysicalBoard {
  const hypervisor = (flavour = 'static-shm'): object => ({ flavour, capabilities: [flavour] });
  return new PhysicalBoard({
    board: { name: 'bench', budgets: {} },
    type: boardTypeByName[type],
    images: () => ({ hypervisor }),
  } as unknown as PhysicalBoardOptions);
}

test('a flavour with the early console of another machine is replaced by the board’s own, or refused', () => {
  for (const type of ['zcu102', 'zcu102-virtual'] as const) {
    const board = boardOf(type);
    const flavours = ['early-console', 'early-console-4.17', 'debian', undefined];
    expect(flavours.flatMap((flavour) => board.hypervisorCapabilities(flavour))).toEqual([
      'early-console-zynqmp',
      'early-console-zynqmp-4.17',
      'debian',
      'static-shm',
    ]);
    expect(board.capabilities.has('early-console')).toBe(true);
  }
  for (const type of ['kv260', 'ultra96'] as const) {
    const board = boardOf(type);
    expect(() => board.hypervisorCapabilities('early-console')).toThrow(
      'bench: flavour early-console has its early console on the UART of another machine\n' +
        `  to do: choose another flavour: there is none with an early console for boards of type ${type}`,
    );
    expect(board.hypervisorCapabilities('debian')).toEqual(['debian']);
    expect(board.capabilities.has('early-console')).toBe(false);
  }
});

test('a mask becomes the length of a prefix', () => {
  expect(['255.255.255.0', '255.255.0.0', '255.255.255.255', '0.0.0.0'].map(prefixLength)).toEqual([
    24, 16, 32, 0,
  ]);
  expect(linuxArguments({ board: '192.0.2.7', server: '192.0.2.1' })).toEqual([
    'crosspage.address=192.0.2.7/24',
  ]);
});
