// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import type { Stage2Reader } from '../boot/stage2-reader.ts';
import { MisuseError } from '../support/errors.ts';
import { createdLinux, linuxConfig } from '../xen/linux-guests.ts';
import type { XlConfig } from '../xen/xl-config.ts';
import { type NamedHostMemory, planXlDomain, type ProbeConfig } from '../xen/xl-plan.ts';
import type { Inventory } from './inventory.ts';
import { LinuxDomain } from './linux-domain.ts';

/** What a Linux domain of a toolstack is linked with. */
interface LinuxLinks {
  readonly board: string;
  readonly dom0: Dom0;
  readonly hostMemory: readonly NamedHostMemory[];
  readonly there: Inventory;
  readonly stage2: Stage2Reader;
  readonly destroyed: (domain: LinuxDomain) => Promise<void>;
}

/** The Linux domains that a dom0 created as it booted. */
export function createdBy({ machine, plan }: Dom0): ReturnType<typeof createdLinux> {
  return machine.linux === undefined ? [] : createdLinux(plan, machine.linux.guestPaths);
}

/** @throws MisuseError when dom0 has nothing that a Linux domain could boot. */
export function fullConfig(
  { board, dom0 }: Pick<LinuxLinks, 'board' | 'dom0'>,
  config: ProbeConfig,
): XlConfig {
  const { guestPaths } = dom0.machine.linux ?? {};
  if (guestPaths !== undefined) return linuxConfig(config, dom0.plan, guestPaths);
  throw new MisuseError({ who: board, what: 'has no files for a Linux domain' });
}

/** Whether none of them is gone. */
export function allThere(dom0: Dom0, { linux }: Inventory): boolean {
  return createdBy(dom0).every(({ config }) => linux.some(({ name }) => name === config.name));
}

/** Takes a Linux domain that was created into the inventory. */
export function addLinux(links: LinuxLinks, config: XlConfig, domid: number): LinuxDomain {
  const { board, dom0, hostMemory, there, stage2, destroyed } = links;
  const domain = new LinuxDomain({
    who: `${board} domain ${config.name} (d${domid})`,
    plan: planXlDomain(config, domid, hostMemory),
    dom0,
    stage2,
    rebooted: (again, before) => {
      there.rebooted(again, before, stage2);
    },
    destroyed,
  });
  there.addLinux(domain, config);
  return domain;
}

/** @throws MisuseError: there is no Linux domain of that name. */
export function findLinux(board: string, name: string, { linux }: Inventory): LinuxDomain {
  const found = linux.find((domain) => domain.name === name);
  if (found !== undefined) return found;
  const names = linux.map((domain) => domain.name).join(', ');
  throw new MisuseError({
    who: board,
    what: `has no Linux domain ${name} (it has: ${names || 'none'})`,
    remedy: 'name it in dom0.creates of the specification; one that was destroyed is gone',
  });
}
