// SPDX-License-Identifier: Apache-2.0
import { guestAddressOf, type HostAddress, hostAddressOf } from '../support/units.ts';
import { isDom0 } from './dom0.ts';
import type { PlannedDomain, PlannedMapping, SystemPlan } from './plan.ts';
import type { XlConfig, XlIomem, XlStaticShm } from './xl-config.ts';

/** A domain that runs the memory probe, as `xl create` makes it. */
export type ProbeConfig = Omit<XlConfig, 'kernel' | 'extra' | 'ramdisk'>;

/** Host memory that has a name, so that pages of it have one in what a test says. */
export interface NamedHostMemory {
  readonly name: string;
  readonly hostAddress: HostAddress;
}

function ofShm({ id, begin, size, role = 'borrower' }: XlStaticShm): PlannedMapping {
  return {
    region: { name: id, id, size, hostAddress: undefined },
    role,
    guestAddress: guestAddressOf(begin),
    memory: 'normal-write-back',
  };
}

function ofIomem(iomem: XlIomem, named: readonly NamedHostMemory[]): PlannedMapping {
  const { hostAddress, size, guestAddress = hostAddress, as = 'devmem' } = iomem;
  const name = named.find((memory) => memory.hostAddress === hostAddress)?.name ?? 'iomem';
  return {
    region: { name, id: name, size, hostAddress: hostAddressOf(hostAddress) },
    role: undefined,
    guestAddress: guestAddressOf(guestAddress),
    memory: as === 'memory' ? 'normal-write-back' : 'device-nGnRE',
  };
}

const isValue = <T>(entry: T | string): entry is T => typeof entry !== 'string';

/**
 * What is known of a domain once xl has created it: its regions are those of `static_shm` by their
 * ids, and those of `iomem` by the names of the host memory. What was given as text is left out.
 */
export function planXlDomain(
  config: ProbeConfig,
  domid: number,
  named: readonly NamedHostMemory[],
): PlannedDomain {
  return {
    name: config.name,
    domid,
    probe: 'memory',
    memory: config.memory,
    vcpus: config.vcpus ?? 1,
    mappings: [
      ...(config.staticShm ?? []).filter(isValue<XlStaticShm>).map(ofShm),
      ...(config.iomem ?? []).filter(isValue<XlIomem>).map((iomem) => ofIomem(iomem, named)),
    ],
    sram: [],
    staticMemory: undefined,
    enhanced: undefined,
    eventChannels: [],
  };
}

/** The pCPUs that dom0 has not, as `cpus` takes them; all of them if there are none. */
export function guestCpus({ machine, domains }: SystemPlan): string {
  const first = domains.find(isDom0)?.vcpus ?? 0;
  return first < machine.cpus ? `${first}-${machine.cpus - 1}` : 'all';
}
