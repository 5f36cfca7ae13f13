// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../../import/host-tree.ts';
import type { Range } from '../../memory/ranges.ts';
import { hostAddressOf, MiB } from '../../support/units.ts';
import { isDom0 } from '../../xen/dom0.ts';
import type { HostLayout } from '../../xen/plan.ts';
import type { Tampering } from '../../xen/tampering.ts';
import { planMachine } from '../../xen/plan-machine.ts';
import type { LaidPartials } from '../lay-partial.ts';
import {
  clearOf,
  hostRanges,
  machineMemory,
  movedBy,
  planTrial,
  type TrialPlan,
  unplacedMemory,
} from '../plan.ts';
import { processorsFor } from '../processors.ts';
import type { TrialSystem } from '../subject.ts';
import type { OwnFile } from './own-files.ts';

/** The files of domains as ranges of host memory, as the user has them. */
export const rangesOf = (files: readonly OwnFile[]): Range[] =>
  files.flatMap(({ domain, kind, start, size }) =>
    start === undefined ? [] : [{ name: `${kind} of ${domain}`, start, size: BigInt(size) }],
  );

/** What Xen gives a dom0 that nobody says anything of (xen/arch/arm/domain_build.c). */
const xensDom0Memory = BigInt(MiB(512));

const units: Readonly<Record<string, bigint>> = { k: 10n, m: 20n, g: 30n };

/** `dom0_mem` as the user's arguments have it, in bytes; without a unit it is KiB. */
export function dom0MemoryOf(bootargs: readonly string[]): bigint {
  const said = bootargs.findLast((word) => word.startsWith('dom0_mem='));
  const [, count, unit = 'k'] = /^dom0_mem=(\d+)([kmg])?/i.exec(said ?? '') ?? [];
  return count === undefined ? xensDom0Memory : BigInt(count) << (units[unit.toLowerCase()] ?? 10n);
}

/**
 * What of a system is given to domains as another machine has it: by partial device trees, and of SRAM.
 * Who boots on a board of their own has written it for that.
 */
export function partialsFor<T extends TrialSystem>(system: T, layout: HostLayout): T {
  if (layout.machine === undefined) return system;
  const { host } = system;
  return { ...system, partials: [], host: host && { ...host, sram: [] } };
}

/** The files that are booted as they are: partial device trees are not, which are laid for this machine. */
export function filesBeside(files: readonly OwnFile[], { fileOf }: LaidPartials): OwnFile[] {
  return files.filter(({ domain, kind }) => kind !== 'device-tree' || !fileOf.has(domain));
}

/**
 * The system of a host device tree with the user's kernels in it; nothing is checked.
 * @param system what goes with the tree: partial device trees.
 */
export function planOwn(
  host: HostTree,
  layout: HostLayout,
  files: readonly OwnFile[],
  system: TrialSystem = { host, domains: [], partials: [] },
): TrialPlan {
  const ranges = [...hostRanges(host), ...rangesOf(files)];
  const moved = clearOf(layout, movedBy(host.memory, ranges, layout), ranges);
  const placed = ranges.map((range) => ({ ...range, start: range.start + moved }));
  const laid = partialsFor(system, layout);
  const { plan, passed } = planTrial(host, layout, laid, moved, placed);
  const dom0Memory = host.dom0.hasKernel ? dom0MemoryOf(plan.bootargs) : 0n;
  const unplaced = unplacedMemory(host) + dom0Memory;
  const all = [...placed, ...passed.places.ranges];
  const memory = machineMemory(host.source.file, layout, all, unplaced);
  const vcpus = plan.domains.reduce((sum, domain) => sum + domain.vcpus, 0);
  const machine = planMachine(
    { machine: { memory, cpus: processorsFor(vcpus) }, domains: {} },
    layout,
  );
  // As Xen itself would have it: what the user's arguments say comes behind it, and counts.
  const dom0 = { memory: Number(dom0Memory), vcpus: machine.cpus };
  const domains = plan.domains.map((one) => (isDom0(one) ? { ...one, ...dom0 } : one));
  return { moved, passed, plan: { ...plan, machine, domains } };
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
