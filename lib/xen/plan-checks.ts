// SPDX-License-Identifier: Apache-2.0
import { contains, describeRange, findOverlaps, type Range } from '../memory/ranges.ts';
import { MisuseError } from '../support/errors.ts';
import { hex } from '../support/units.ts';
import { isDom0 } from './dom0.ts';
import { guestDevices, guestRam, mappedRanges } from './guest-layout.ts';
import { checkCreated } from './linux-guests.ts';
import type { HostLayout, PlannedDomain, SystemPlan } from './plan.ts';
import { checkSizes } from './size-checks.ts';
import type { SystemSpec } from './spec.ts';
import { reservedRange } from './reserved-memory.ts';
import { checkSram, sramRanges } from './sram-checks.ts';

/**
 * A domU's device tree is built in 4 KiB before Xen 4.22 (DOMU_DTB_SIZE): 16 regions fit, 24 do
 * not. MAX_SHM banks is 32 from 4.19 on.
 */
const maxMappings = 16;

function checkNames(spec: SystemSpec): string[] {
  const regions = Object.keys(spec.sharedMemory ?? {});
  const domains = Object.keys(spec.domains);
  const unknownMaps = Object.entries(spec.domains).flatMap(([name, domain]) =>
    Object.keys(domain.maps ?? {})
      .filter((region) => !regions.includes(region))
      .map(
        (region) =>
          `domains.${name}.maps.${region}: there is no sharedMemory.${region}` +
          ` (there is: ${regions.join(', ') || 'none'})`,
      ),
  );
  const channels = Object.entries(spec.eventChannels ?? {}).flatMap(([name, ends]) => {
    const faults = Object.keys(ends)
      .filter((end) => !domains.includes(end))
      .map((end) => `eventChannels.${name}.${end}: there is no domain ${end}`);
    return Object.keys(ends).length === 2
      ? faults
      : [...faults, `eventChannels.${name}: has ${Object.keys(ends).length} ends, not 2`];
  });
  const none =
    domains.length === 0 && spec.dom0 === undefined
      ? ['domains: is empty, there is nothing to boot']
      : [];
  return [...none, ...unknownMaps, ...channels];
}

function checkRoles(plan: SystemPlan): string[] {
  return plan.regions.flatMap((region) => {
    const uses = plan.domains.flatMap((domain) =>
      domain.mappings
        .filter((mapping) => mapping.region === region)
        .map((mapping) => ({ domain: domain.name, role: mapping.role })),
    );
    const owners = [
      ...new Set(uses.filter((use) => use.role === 'owner').map((use) => use.domain)),
    ];
    const roleless = uses.filter((use) => use.role === undefined);
    const at = `sharedMemory.${region.name}`;
    if (owners.length > 1) return [`${at}: has ${owners.length} owners (${owners.join(', ')})`];
    if (roleless.length > 0 && roleless.length < uses.length)
      return [`${at}: ${roleless[0]?.domain ?? ''} gives no role where another domain gives one`];
    if (owners.length === 0 && roleless.length === 0 && uses.length > 0)
      return [`${at}: has borrowers (${uses.map((use) => use.domain).join(', ')}) and no owner`];
    return [];
  });
}

function checkIds(plan: SystemPlan): string[] {
  return plan.regions.flatMap((region, index) => {
    const other = plan.regions.slice(0, index).find((earlier) => earlier.id === region.id);
    return other === undefined
      ? []
      : [`sharedMemory.${region.name}: has the id "${region.id}" of sharedMemory.${other.name}`];
  });
}

function checkGuest(domain: PlannedDomain): string[] {
  // dom0 has the host's memory map.
  if (isDom0(domain)) return [];
  const mappings = mappedRanges(domain);
  const regions = domain.mappings.length;
  const fixed: Range[] = [...guestRam(domain.memory), ...guestDevices];
  const clashes = findOverlaps([...mappings, ...fixed])
    .filter(([a, b]) => mappings.includes(a) || mappings.includes(b))
    .map(([a, b]) => `domains.${domain.name}: ${describeRange(a)} overlaps ${describeRange(b)}`);
  const tooMany =
    regions > maxMappings
      ? [
          `domains.${domain.name}: maps ${regions} regions; a domU's device tree has room` +
            ` for ${maxMappings} before Xen 4.22`,
        ]
      : [];
  return [...clashes, ...tooMany];
}

function checkHost(spec: SystemSpec, plan: SystemPlan, layout: HostLayout): string[] {
  const ram = layout.ram(plan.machine.memory);
  const regions = plan.regions.flatMap((region) =>
    region.hostAddress === undefined
      ? []
      : [
          {
            name: `sharedMemory.${region.name}`,
            start: region.hostAddress,
            size: BigInt(region.size),
            chosen: spec.sharedMemory?.[region.name]?.hostAddress === undefined,
          },
        ],
  );
  const banks: Range[] = plan.domains.flatMap((domain) =>
    domain.staticMemory === undefined
      ? []
      : [
          {
            name: `domains.${domain.name}.staticMemory`,
            start: domain.staticMemory,
            size: BigInt(domain.memory),
          },
        ],
  );
  const sram = sramRanges(plan);
  const reserved = plan.reserved.map(reservedRange);
  const outside = [...regions, ...banks, ...sram, ...reserved]
    .filter((range) => !ram.some((bank) => contains(bank, range)))
    .map((range) => {
      const where = `${describeRange(range)} is not in ${ram.map(describeRange).join(', ')}`;
      return 'chosen' in range && range.chosen
        ? `${where}: chosen by Crosspage, there is no room: give machine.memory more`
        : where;
    });
  const clashes = findOverlaps([layout.modules, ...regions, ...banks, ...sram, ...reserved]).map(
    ([a, b]) => `${describeRange(a)} overlaps ${describeRange(b)} in host memory`,
  );
  return [...outside, ...clashes];
}

function checkPorts(domain: PlannedDomain): string[] {
  const ports = domain.eventChannels.map((channel) => channel.port);
  return ports
    .filter((port, index) => ports.indexOf(port) !== index)
    .map((port) => `domains.${domain.name}: event channel port ${hex(port)} is used twice`);
}

/**
 * Everything that is wrong with a plan and that Xen would refuse late, or accept in silence.
 * @throws MisuseError with all of it.
 */
export function checkPlan(spec: SystemSpec, plan: SystemPlan, layout: HostLayout): void {
  const faults = [
    ...checkNames(spec),
    ...checkRoles(plan),
    ...checkIds(plan),
    ...checkSram(spec, plan),
    ...checkCreated(plan),
    ...plan.domains.flatMap(checkGuest),
    ...plan.domains.flatMap(checkPorts),
    ...checkHost(spec, plan, layout),
    ...checkSizes(plan, layout),
  ];
  if (faults.length === 0) return;
  throw new MisuseError({
    who: 'system specification',
    what: `${faults.length === 1 ? 'one fault' : `${faults.length} faults`}, nothing was booted`,
    where: faults.join('\n'),
    remedy: 'correct what is named',
  });
}
