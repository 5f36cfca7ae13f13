// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../import/host-tree.ts';
import type { XlDomain } from '../import/xl-domain.ts';
import { overlaps, type Range } from '../memory/ranges.ts';
import { formatBytes, GiB, hex, MiB } from '../support/units.ts';
import { defaultMemory } from '../xen/dom0.ts';
import {
  type HostLayout,
  type PlannedDomain,
  planUnchecked,
  type SystemPlan,
} from '../xen/plan.ts';
import type { SystemSpec } from '../xen/spec.ts';
import { clearOf, hostRanges, machineMemory, movedBy, planDomain, unplacedMemory } from './plan.ts';
import { plainWindows } from './passed-memory.ts';
import { planMapping } from './plan-mapping.ts';
import type { SramPlaces } from './place-sram.ts';
import { placedParty, type PlannedPassed, planPassed } from './plan-passed.ts';
import { hasNullScheduler, mostCpus, processorsFor, vcpusOf } from './processors.ts';
import type { Replacement } from './rewrite-xl.ts';
import type { Sharing } from './sharings.ts';
import { type NamedXl, type TrialSystem, xlDomainsOf } from './subject.ts';
import { leftOutOfXen, userArguments } from './xen-arguments.ts';
import type { HostWindow } from './xl-windows.ts';

/** Most RAM that a domain of xl finds, whatever its file asks for. */
export const mostMemory = BigInt(GiB(16));

/** What dom0 has, its root file system included. */
const dom0Memory = MiB(256);

/** A system with a Linux dom0 in it, in which xl creates the domains of files. */
export interface XlTrialPlan {
  /** What is booted: dom0, and what Xen makes beside it. */
  readonly plan: SystemPlan;
  readonly moved: bigint;
  readonly domains: readonly NamedXl[];
  readonly replaced: readonly Replacement[];
  /** What partial device trees give to domains that Xen makes. */
  readonly passed: PlannedPassed;
  /** Host memory that is reserved as the user's tree has it, by the names of its nodes. */
  readonly reserved: readonly string[];
}

/** The highest processor that `cpus` of a domain names. */
function highestCpu({ file }: XlDomain): number {
  const texts = file.settings
    .filter(({ name }) => name === 'cpus')
    .map(({ value }) => file.lines.slice(value.start, value.end));
  return Math.max(0, ...texts.flatMap((text) => [...text.matchAll(/\d+/g)].map(Number)));
}

/** Windows that touch each other, as one. */
function merged(windows: readonly Range[]): Range[] {
  const found: { start: bigint; size: bigint }[] = [];
  for (const { start, size } of windows.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = found.at(-1);
    if (last !== undefined && start <= last.start + last.size) {
      const end = start + size > last.start + last.size ? start + size : last.start + last.size;
      last.size = end - last.start;
    } else found.push({ start, size });
  }
  return found.map((range) => ({ name: `iomem ${hex(range.start)}`, ...range }));
}

interface Reservations {
  /** Nodes of our own. */
  readonly own: readonly Range[];
  /** Nodes of the user's tree that windows lie in. */
  readonly nodes: readonly string[];
  readonly replaced: readonly Replacement[];
}

/**
 * What is reserved so that dom0 may give it away: what the user's tree reserves, as it does that. RAM
 * that it does not reserve is left to Xen, which then refuses it. What is no RAM there, or where
 * nobody says what is, is reserved RAM here.
 */
function reservations({ host }: TrialSystem, windows: readonly HostWindow[]): Reservations {
  const reserved = host?.reserved ?? [];
  const inRam = (range: Range): boolean =>
    host?.memory.some((bank) => overlaps(bank, range)) === true;
  const nodes = reserved.filter((one) => windows.some((window) => overlaps(one, window)));
  const others = windows.filter((window) => !reserved.some((one) => overlaps(one, window)));
  const own = others.filter((window) => !inRam(window));
  const known = (host?.memory.length ?? 0) + reserved.length > 0;
  return {
    own: merged(own),
    nodes: nodes.map(({ name }) => name),
    replaced: own.map(({ entry, start }) => ({
      where: entry.where,
      text: known
        ? `${hex(start)} is no RAM of the host device tree: it is reserved RAM here`
        : `${hex(start)}: there is no host device tree that tells what it is; it is reserved RAM here`,
    })),
  };
}

const memoryOf = ({ memory }: XlDomain): bigint => {
  const bytes = memory?.value ?? BigInt(defaultMemory);
  return bytes > mostMemory ? mostMemory : bytes;
};

/** The domains that Xen makes beside dom0. */
function planBeside(host: HostTree, passed: PlannedPassed, moved: bigint): PlannedDomain[] {
  return host.domains.map((domain, index) => {
    const planned = planDomain(host, domain, index + 1, moved);
    return { ...planned, mappings: [...planned.mappings, ...passed.mappingsOf(domain.name)] };
  });
}

/** What the user's own kernels need beyond what probes do. */
export interface OwnNeeds {
  /** Files of domains that Xen makes, as the user has them in host memory. */
  readonly modules: readonly Range[];
  /** Bytes of files that xl loads. */
  readonly files: number;
  /** Of all domains. */
  readonly vcpus: number;
}

/** xl holds a file several times as it makes a domain; in steps, so that few dom0s are kept. */
const dom0MemoryFor = (files: number): number =>
  dom0Memory + Math.ceil((3 * files) / MiB(256)) * MiB(256);

/**
 * Those that the domains are pinned to are there; one for each vCPU where domains have their own
 * kernels, and where the scheduler gives a processor to no second one.
 */
function cpusFor(system: TrialSystem, domains: readonly NamedXl[], needs: OwnNeeds): number {
  const named = domains.map((one) => highestCpu(one.domain) + 1);
  const vcpus = hasNullScheduler(system.host) ? vcpusOf(system) : needs.vcpus;
  return Math.min(mostCpus, Math.max(processorsFor(vcpus === 0 ? 0 : 1 + vcpus), ...named));
}

/** What `iomem` names, kept out of Xen's hands where the user's tree does not. */
const reservedFor = (
  windows: readonly Range[],
  moved: bigint,
): NonNullable<SystemSpec['reservedMemory']> =>
  Object.fromEntries(
    windows.map(({ start, size }, index) => [
      `iomem${index}`,
      { hostAddress: start + moved, size: Number(size) },
    ]),
  );

/** How dom0, the domains beside it and the machine are booted for what xl is to create. */
export function planXlTrial(
  system: TrialSystem,
  layout: HostLayout,
  flavour: string | undefined,
  needs: OwnNeeds = { modules: [], files: 0, vcpus: 0 },
): XlTrialPlan {
  const { host } = system;
  const domains = xlDomainsOf(system);
  const windows = plainWindows(system);
  const { own, nodes, replaced } = reservations(system, windows);
  const ranges = [...(host === undefined ? [] : hostRanges(host)), ...windows, ...needs.modules];
  const dom0Bytes = dom0MemoryFor(needs.files);
  const least = movedBy(host?.memory ?? [], ranges, layout);
  const moved = clearOf(layout, least, ranges, layout.modules);
  const placed = ranges.map((range) => ({ ...range, start: range.start + moved }));
  const passed = planPassed(system, { layout, taken: placed, moved });
  const unplaced =
    domains.reduce((sum, { domain }) => sum + memoryOf(domain), BigInt(dom0Bytes)) +
    (host === undefined ? 0n : unplacedMemory(host));
  const who = host?.source.file ?? system.domains[0]?.file.source.file ?? '';
  const needed = machineMemory(who, layout, [...placed, ...passed.places.ranges], unplaced);
  // A machine that was saved serves other configurations too.
  const memory = Math.ceil(needed / GiB(1)) * GiB(1);
  const cpus = cpusFor(system, domains, needs);
  const base = planUnchecked(
    {
      machine: { memory, cpus },
      xen: flavour === undefined ? {} : { flavour },
      dom0: { linux: 'dom0', memory: dom0Bytes },
      reservedMemory: reservedFor(own, moved),
      domains: {},
    },
    layout,
  );
  const beside = host === undefined ? [] : planBeside(host, passed, moved);
  const linux = `dom0 is our own Linux here, with ${formatBytes(dom0Bytes)}`;
  return {
    ...{ moved, domains, passed, reserved: nodes },
    replaced: [...leftOutOfXen(host, linux), ...passed.partials.replaced, ...replaced],
    plan: {
      ...base,
      bootargs: userArguments(host, true),
      regions: beside.flatMap(({ mappings }) => mappings.map(({ region }) => region)),
      sram: passed.sram,
      domains: [...base.domains, ...beside],
    },
  };
}

/** What is known of a domain once xl has created it: its regions by the ids of the sharings. */
export function planCreated(
  { name, domain }: NamedXl,
  domid: number,
  sharings: readonly Sharing[],
  places: SramPlaces,
): PlannedDomain {
  return {
    ...{ name, domid, probe: 'memory', memory: Number(memoryOf(domain)), vcpus: 1 },
    mappings: sharings.flatMap(({ id, parties }) =>
      parties
        .filter((one) => one.domain === name)
        .map((one) => planMapping(id, placedParty(one, places), 0n)),
    ),
    ...{ sram: [], staticMemory: undefined, enhanced: undefined, eventChannels: [] },
  };
}
