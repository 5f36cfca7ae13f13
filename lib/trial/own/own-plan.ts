// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../../import/host-tree.ts';
import { overlaps, type Range } from '../../memory/ranges.ts';
import { GiB, hostAddressOf, MiB } from '../../support/units.ts';
import { isDom0 } from '../../xen/dom0.ts';
import type { HostLayout, SystemPlan } from '../../xen/plan.ts';
import type { Tampering } from '../../xen/tampering.ts';
import { planMachine } from '../../xen/plan-machine.ts';
import { hostRanges, machineMemory, movedBy, planTrial, unplacedMemory } from '../plan.ts';
import type { OwnFile } from './own-files.ts';

/** Emulated machines have at most so many processors. */
const mostCpus = 8;

/** Where a boot of ours has Xen, a device tree and little more. */
const ownFilesSize = BigInt(MiB(14));

/** The files of domains as ranges of host memory, as the user has them. */
export const rangesOf = (files: readonly OwnFile[]): Range[] =>
  files.flatMap(({ domain, kind, start, size }) =>
    start === undefined ? [] : [{ name: `${kind} of ${domain}`, start, size: BigInt(size) }],
  );

/** So many processors that each vCPU finds one: then each domain is found on its own. */
export const processorsFor = (vcpus: number): number => Math.min(mostCpus, Math.max(2, vcpus));

/** How far all is moved, so that nothing of the user's lies where this boot has its own files. */
function clear(layout: HostLayout, moved: bigint, ranges: readonly Range[]): bigint {
  if (layout.machine !== undefined) return moved;
  const ours = { ...layout.modules, size: ownFilesSize };
  let by = moved;
  while (ranges.some((range) => overlaps({ ...range, start: range.start + by }, ours)))
    by += BigInt(GiB(1));
  return by;
}

/** What Xen gives a dom0 that nobody says anything of (xen/arch/arm/domain_build.c). */
const xensDom0Memory = BigInt(MiB(512));

const units: Readonly<Record<string, bigint>> = { k: 10n, m: 20n, g: 30n };

/** `dom0_mem` as the user's arguments have it, in bytes; without a unit it is KiB. */
export function dom0MemoryOf(bootargs: readonly string[]): bigint {
  const said = bootargs.findLast((word) => word.startsWith('dom0_mem='));
  const [, count, unit = 'k'] = /^dom0_mem=(\d+)([kmg])?/i.exec(said ?? '') ?? [];
  return count === undefined ? xensDom0Memory : BigInt(count) << (units[unit.toLowerCase()] ?? 10n);
}

/** The system of a host device tree with the user's kernels in it; nothing is checked. */
export function planOwn(
  host: HostTree,
  layout: HostLayout,
  files: readonly OwnFile[],
): { readonly plan: SystemPlan; readonly moved: bigint } {
  const ranges = [...hostRanges(host), ...rangesOf(files)];
  const moved = clear(layout, movedBy(host.memory, ranges, layout), ranges);
  const placed = ranges.map((range) => ({ ...range, start: range.start + moved }));
  const { plan } = planTrial(host, layout, undefined, moved);
  const dom0Memory = host.dom0.hasKernel ? dom0MemoryOf(plan.bootargs) : 0n;
  const unplaced = unplacedMemory(host) + dom0Memory;
  const memory = machineMemory(host.source.file, layout, placed, unplaced);
  const vcpus = plan.domains.reduce((sum, domain) => sum + domain.vcpus, 0);
  const machine = planMachine(
    { machine: { memory, cpus: processorsFor(vcpus) }, domains: {} },
    layout,
  );
  // As Xen itself would have it: what the user's arguments say comes behind it, and counts.
  const dom0 = { memory: Number(dom0Memory), vcpus: machine.cpus };
  const domains = plan.domains.map((one) => (isDom0(one) ? { ...one, ...dom0 } : one));
  return { moved, plan: { ...plan, machine, domains } };
}

/** The user's files as a boot loads them, each once. */
export function placedFiles(
  files: readonly OwnFile[],
  moved: bigint,
): NonNullable<Tampering['placed']> {
  return Object.fromEntries(
    files.flatMap(({ start, path, size }) =>
      start === undefined
        ? []
        : [[`module-${start.toString(16)}`, { path, size, address: hostAddressOf(start + moved) }]],
    ),
  );
}
