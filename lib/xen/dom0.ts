// SPDX-License-Identifier: Apache-2.0
import { type Bytes, KiB, MiB } from '../support/units.ts';
import type { PlannedDomain } from './plan.ts';
import type { Dom0Spec } from './spec.ts';
import { planDom0Sram, type PlannedSram } from './sram-plan.ts';

/** What the hardware domain is called: by Xen, and as a fixture. */
export const dom0Name = 'dom0';

/** RAM of a domain that does not say. */
export const defaultMemory: Bytes = MiB(32);

/** The hardware domain, for which Xen maps what is there where it is. */
export function isDom0(domain: Pick<PlannedDomain, 'domid'>): boolean {
  return domain.domid === 0;
}

/** Where a specification says what a domain is. */
export function sectionOf(domain: string): string {
  return domain === dom0Name ? dom0Name : `domains.${domain}`;
}

export function planDom0(
  dom0: Dom0Spec,
  banks: readonly PlannedSram[],
  domUs: readonly PlannedDomain[],
): PlannedDomain {
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
  return [`dom0_mem=${dom0.memory / KiB(1)}K`, `dom0_max_vcpus=${dom0.vcpus}`];
}
