// SPDX-License-Identifier: Apache-2.0
import { type Bytes, KiB, MiB } from '../support/units.ts';
import type { PlannedDomain, PlannedLinux } from './plan.ts';
import type { Dom0Spec, LinuxDom0Spec } from './spec.ts';
import { planDom0Sram, type PlannedSram } from './sram-plan.ts';

/** What the hardware domain is called: by Xen, and as a fixture. */
export const dom0Name = 'dom0';

/** RAM of a domain that does not say. */
export const defaultMemory: Bytes = MiB(32);

/** The hardware domain, for which Xen maps what is there where it is. */
export function isDom0(domain: Pick<PlannedDomain, 'domid'>): boolean {
  return domain.domid === 0;
}

/**
 * RAM and processors of a dom0 with Linux in it that does not say: one processor, which is its own, so
 * that the domains that it creates have the others. Each switch between two domains makes an emulated
 * processor forget all of its translations, which costs a Linux more than a second processor gains.
 */
const linuxDefaults = { memory: MiB(256), vcpus: 1 };

function planLinuxDom0(dom0: LinuxDom0Spec): PlannedDomain {
  return {
    name: dom0Name,
    domid: 0,
    probe: undefined,
    linux: {
      root: dom0.linux,
      overlay: dom0.overlay,
      guest: dom0.guest,
      creates: Object.entries(dom0.creates ?? {}).map(([name, config]) => ({ ...config, name })),
      bootargs: dom0.bootargs ?? [],
    },
    memory: dom0.memory ?? linuxDefaults.memory,
    vcpus: dom0.vcpus ?? linuxDefaults.vcpus,
    mappings: [],
    sram: [],
    staticMemory: undefined,
    enhanced: undefined,
    eventChannels: [],
  };
}

/** Where a specification says what a domain is. */
export function sectionOf(domain: string): string {
  return domain === dom0Name ? dom0Name : `domains.${domain}`;
}

export function planDom0(
  dom0: Dom0Spec | LinuxDom0Spec,
  banks: readonly PlannedSram[],
  domUs: readonly PlannedDomain[],
): PlannedDomain {
  if ('linux' in dom0) return planLinuxDom0(dom0);
  return {
    name: dom0Name,
    domid: 0,
    probe: dom0.probe,
    memory: dom0.memory ?? defaultMemory,
    vcpus: dom0.vcpus ?? 1,
    mappings: [],
    sram: planDom0Sram(dom0, banks, domUs),
    staticMemory: undefined,
    enhanced: undefined,
    eventChannels: [],
  };
}

/** Xen's arguments for a dom0 (docs/misc/xen-command-line.pandoc). */
export function dom0Arguments(dom0: PlannedDomain): string[] {
  return [
    `dom0_mem=${dom0.memory / KiB(1)}K`,
    `dom0_max_vcpus=${dom0.vcpus}`,
    ...(dom0.linux === undefined ? [] : ['dom0_vcpus_pin']),
  ];
}

/** Linux' arguments for a dom0: its console is Xen's, what breaks it ends it, it has no enemies. */
export function linuxArguments(linux: PlannedLinux, board: readonly string[]): string {
  return ['console=hvc0', 'oops=panic', 'mitigations=off', ...board, ...linux.bootargs].join(' ');
}
