// SPDX-License-Identifier: Apache-2.0
import { isDom0 } from './dom0.ts';
import type { PlannedLinux, SystemPlan } from './plan.ts';
import { findXlFaults } from './xl-checks.ts';
import type { XlConfig } from './xl-config.ts';
import { guestCpus, type ProbeConfig } from './xl-plan.ts';

/** Linux' arguments in a domU: its console is Xen's, which dom0 keeps; it has no enemies. */
const guestArguments = 'console=hvc0 oops=panic mitigations=off quiet';

/** What a Linux domain boots, by paths of dom0. */
export interface GuestPaths {
  readonly kernel: string;
  readonly ramdisk: string;
}

/** The Linux of a plan's dom0, if it has one. */
export const dom0Linux = ({ domains }: SystemPlan): PlannedLinux | undefined =>
  domains.find(isDom0)?.linux;

/** All of a Linux domain's configuration. It runs on the pCPUs that dom0 has not. */
export function linuxConfig(config: ProbeConfig, plan: SystemPlan, paths: GuestPaths): XlConfig {
  return { cpus: guestCpus(plan), ...config, ...paths, extra: guestArguments };
}

/** The Linux domains that dom0 creates as it boots, with the domids that they get. */
export function createdLinux(
  plan: SystemPlan,
  paths: GuestPaths,
): { readonly config: XlConfig; readonly domid: number }[] {
  // Xen gives domids in order, to the domains that it makes itself first.
  return (dom0Linux(plan)?.creates ?? []).map((config, index) => ({
    config: linuxConfig(config, plan, paths),
    domid: plan.domains.length + index,
  }));
}

/** What is wrong with the Linux domains that dom0 is to create as it boots, a sentence each. */
export function checkCreated(plan: SystemPlan): string[] {
  const { creates = [], guest } = dom0Linux(plan) ?? {};
  const none = creates.length > 0 && guest === undefined;
  const nothing = { kernel: '', ramdisk: '' };
  return [
    ...(none ? ['dom0.creates: there is no dom0.guest, of which they would be'] : []),
    ...findXlFaults(createdLinux(plan, nothing).map(({ config }) => config)).map(
      (fault) => `dom0.creates: ${fault}`,
    ),
  ];
}
