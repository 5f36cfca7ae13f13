// SPDX-License-Identifier: Apache-2.0
import { formatBytes, GiB, hex } from '../support/units.ts';
import type { HostLayout, PlannedMachine } from './plan.ts';
import type { SystemSpec } from './spec.ts';

/** The machine of a specification: the board's own, or what may be chosen with its defaults. */
export function planMachine({ machine }: SystemSpec, layout: HostLayout): PlannedMachine {
  return (
    layout.machine ?? {
      gic: machine?.gic ?? 3,
      cpu: machine?.cpu ?? 'cortex-a57',
      cpus: machine?.cpus ?? 2,
      memory: machine?.memory ?? GiB(1),
    }
  );
}

/** In one word each: what a specification asks of a machine that is not its to choose and that is something else. */
export function machineLacks(
  { machine = {} }: Pick<SystemSpec, 'machine'>,
  { machine: there }: HostLayout,
): string[] {
  if (there === undefined) return [];
  const { gic, cpu, cpus, memory } = machine;
  return [
    gic !== undefined && gic !== there.gic && `gic-${gic}`,
    cpu !== undefined && cpu !== there.cpu && cpu,
    cpus !== undefined && cpus !== there.cpus && `${cpus}-cpus-machine`,
    memory !== undefined &&
      memory > there.memory &&
      `memory-of-${formatBytes(memory).replace(' ', '-')}`,
  ].filter((lack) => lack !== false);
}

/** In one word each: host addresses that a specification gives and that are not in the RAM of such a machine. */
export function addressLacks(spec: SystemSpec, layout: HostLayout): string[] {
  if (layout.machine === undefined) return [];
  const banks = layout.ram(layout.machine.memory);
  const given = [
    ...Object.values({ ...spec.sharedMemory, ...spec.sram, ...spec.reservedMemory }),
    ...Object.values(spec.domains).map(({ staticMemory, memory }) => ({
      hostAddress: staticMemory,
      size: memory ?? 0,
    })),
  ];
  return given.flatMap(({ hostAddress, size }) => {
    if (typeof hostAddress !== 'bigint') return [];
    const end = hostAddress + BigInt(size);
    const inside = banks.some((bank) => bank.start <= hostAddress && end <= bank.start + bank.size);
    return inside ? [] : [`ram-at-${hex(hostAddress)}`];
  });
}
