// SPDX-License-Identifier: Apache-2.0
import type { Range } from '../memory/ranges.ts';
import { dom0Name, isDom0, sectionOf } from './dom0.ts';
import type { PlannedDomain, SystemPlan } from './plan.ts';
import type { SystemSpec } from './spec.ts';
import { sramRange } from './sram-plan.ts';

function checkNames(spec: SystemSpec): string[] {
  const banks = Object.keys(spec.sram ?? {});
  const dom0 = spec.dom0 === undefined || 'linux' in spec.dom0 ? undefined : spec.dom0;
  const users = [...Object.entries(spec.domains), [dom0Name, dom0] as const];
  const unknown = users.flatMap(([domain, user]) =>
    Object.keys(user?.sram ?? {})
      .filter((bank) => !banks.includes(bank))
      .map(
        (bank) =>
          `${sectionOf(domain)}.sram.${bank}: there is no sram.${bank}` +
          ` (there is: ${banks.join(', ') || 'none'})`,
      ),
  );
  const twice = banks
    .filter((bank) => spec.sharedMemory?.[bank] !== undefined)
    .map((bank) => `sram.${bank}: sharedMemory has that name too`);
  const taken =
    spec.domains[dom0Name] === undefined
      ? []
      : [`domains.${dom0Name}: is a domU by its place; the hardware domain is the key ${dom0Name}`];
  return [...taken, ...unknown, ...twice];
}

function checkUses(domain: PlannedDomain): string[] {
  return domain.sram.flatMap(({ sram, path, forceAssign }) => {
    const at = `${sectionOf(domain.name)}.sram.${sram.name}`;
    if (isDom0(domain))
      return sram.passthrough
        ? [`${at}: sram.${sram.name} is marked for passthrough, so that dom0 does not map it`]
        : [];
    // xen/arch/arm/dom0less-build.c, handle_prop_pfdt: "xen,reg or xen,path missing".
    return path || forceAssign ? [] : [`${at}: Xen wants path or forceAssign, and has neither`];
  });
}

/** What is wrong with how host memory is given to domains as a device. */
export function checkSram(spec: SystemSpec, plan: SystemPlan): string[] {
  return [...checkNames(spec), ...plan.domains.flatMap(checkUses)];
}

/** Where all of it lies in host memory. */
export function sramRanges(plan: SystemPlan): Range[] {
  return plan.sram.map(sramRange);
}
