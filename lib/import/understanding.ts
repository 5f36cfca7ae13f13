// SPDX-License-Identifier: Apache-2.0
import { formatBytes } from '../support/units.ts';
import type { Dom0lessDomain, SharedMemoryNode, Unknown } from './dom0less-domain.ts';
import type { HostTree } from './host-tree.ts';
import type { ImportedFiles } from './imported-files.ts';
import { ownersOf } from './partial-owners.ts';
import type { PartialTree, PassthroughNode } from './partial-tree.ts';
import type { Where } from './where.ts';
import { keptAs, keptOptions } from './xl-config-of.ts';
import { type XlDomain } from './xl-domain.ts';
import { settingOf } from './xl-syntax.ts';

/** Addresses of one side. In bytes. */
export interface Extent {
  readonly start: bigint;
  readonly size: bigint;
}

/** One way by which a domain shares memory. */
export interface UnderstoodSharing {
  readonly mechanism:
    | 'xen,domain-shared-memory-v1'
    | 'xen,reg'
    | 'xen,reg-cacheable'
    | 'mmio-sram'
    | 'reserved-memory'
    | 'iomem'
    | 'static_shm';
  readonly id?: string | undefined;
  readonly role?: string | undefined;
  /** Undefined where Xen or the toolstack chooses. */
  readonly host?: Extent | undefined;
  readonly guest?: Extent | undefined;
  /** What stage 2 makes of it, where the configuration says. */
  readonly attribute?: 'cacheable' | 'Device' | undefined;
  readonly where: Where;
}

/** A fact of a domain or of the host, with where it is said. */
export interface UnderstoodFact {
  readonly label: string;
  readonly text: string;
  readonly where: Where;
}

export interface UnderstoodDomain {
  readonly name: string;
  readonly kind: 'dom0' | 'dom0less' | 'xl';
  readonly where: Where;
  /** In bytes. */
  readonly memory: bigint | undefined;
  readonly facts: readonly UnderstoodFact[];
  readonly sharing: readonly UnderstoodSharing[];
}

/** What was made of files that belong together. */
export interface Understanding {
  readonly host: readonly UnderstoodFact[];
  readonly domains: readonly UnderstoodDomain[];
  readonly notUnderstood: readonly Unknown[];
}

const range = ({ start, size }: Extent): string =>
  `[0x${start.toString(16)}, 0x${(start + size).toString(16)})`;

const fact = (label: string, text: string, where: Where): UnderstoodFact => ({
  label,
  text,
  where,
});

function hostFacts(host: HostTree): UnderstoodFact[] {
  const { memory, reserved, sram, staticHeap, loads, modules, xenArguments } = host;
  const kinds = { memory, 'reserved memory': reserved, sram, 'static heap': staticHeap };
  return [
    ...Object.entries(kinds).flatMap(([label, ranges]) =>
      ranges.map((one) => fact(label, `${range(one)} ${one.name}`, one.where)),
    ),
    // Domains may name one module: it is loaded once.
    ...modules
      .filter(({ start }, index) => modules.findIndex((one) => one.start === start) === index)
      .map((one) => fact('boot module', `${range(one)} ${one.name}`, one.where)),
    ...loads
      .filter(({ start }) => !modules.some((one) => one.start === start))
      .map((one) => fact('loaded file', `${range(one)} ${one.name}`, one.where)),
    ...(xenArguments === undefined
      ? []
      : [fact('Xen arguments', xenArguments.value, xenArguments.where)]),
  ];
}

function sharedMemory(node: SharedMemoryNode): UnderstoodSharing {
  const { id, role, region, where } = node;
  const { host, guest, size } = region ?? {};
  return {
    mechanism: 'xen,domain-shared-memory-v1',
    id,
    role,
    host: host !== undefined && size !== undefined ? { start: host, size } : undefined,
    guest: guest !== undefined && size !== undefined ? { start: guest, size } : undefined,
    where,
  };
}

function passedThrough(node: PassthroughNode): UnderstoodSharing[] {
  const mechanism = node.property;
  if (mechanism === undefined) return [];
  return node.ranges.map(({ host, guest, size }) => ({
    mechanism,
    id: node.path.split('/').at(-1),
    host: { start: host, size },
    guest: { start: guest, size },
    attribute: mechanism === 'xen,reg' ? 'Device' : 'cacheable',
    where: node.at(mechanism),
  }));
}

/** What dom0 has where the host has it: banks that are not passed on, and reserved memory. */
function dom0Sharing(host: HostTree): UnderstoodSharing[] {
  const same = (
    mechanism: 'mmio-sram' | 'reserved-memory',
    { name: id, start, size, where }: HostTree['memory'][number],
  ): UnderstoodSharing => ({
    mechanism,
    id,
    host: { start, size },
    guest: { start, size },
    attribute: 'cacheable',
    where,
  });
  return [
    ...host.sram.filter(({ passthrough }) => !passthrough).map((one) => same('mmio-sram', one)),
    ...host.reserved.map((one) => same('reserved-memory', one)),
  ];
}

function dom0lessFacts(domain: Dom0lessDomain): UnderstoodFact[] {
  const { memory, cpus, modules, staticMemory, directMap, enhanced, llcColors, at } = domain;
  return [
    ...(memory === undefined
      ? []
      : [fact('memory', formatBytes(Number(memory) * 1024), at('memory'))]),
    ...(cpus === undefined ? [] : [fact('vcpus', String(cpus), at('cpus'))]),
    ...modules.map(({ kind, start, size, file, where }) => {
      const place =
        start === undefined || size === undefined ? 'at no address' : range({ start, size });
      return fact(kind, file === undefined ? place : `${place} ${file}`, where);
    }),
    ...staticMemory.map((one) => fact('static memory', range(one), one.where)),
    ...(directMap
      ? [fact('direct map', 'guest addresses are host addresses', at('direct-map'))]
      : []),
    ...(enhanced === undefined ? [] : [fact('enhanced', enhanced, at('xen,enhanced'))]),
    ...(llcColors === undefined ? [] : [fact('LLC colours', llcColors, at('llc-colors'))]),
    ...domain.eventChannels.map(({ port, where }) =>
      fact('event channel', `port ${port === undefined ? '?' : String(port)}`, where),
    ),
  ];
}

function understoodDom0less(
  domain: Dom0lessDomain,
  kind: 'dom0' | 'dom0less',
  more: readonly UnderstoodSharing[],
): UnderstoodDomain {
  const { name, where, memory } = domain;
  return {
    name,
    kind,
    where,
    memory: memory === undefined ? undefined : memory * 1024n,
    facts: dom0lessFacts(domain),
    sharing: [...domain.sharedMemory.map(sharedMemory), ...more],
  };
}

function xlSharing(domain: XlDomain): UnderstoodSharing[] {
  return [
    ...domain.iomem.map(({ range: frames, where }): UnderstoodSharing => {
      if (frames === undefined) return { mechanism: 'iomem', where };
      const { host, guest = host, size, attribute } = frames;
      return {
        mechanism: 'iomem',
        host: { start: host, size },
        guest: { start: guest, size },
        attribute: attribute === 'memory' ? 'cacheable' : 'Device',
        where,
      };
    }),
    ...domain.staticShm.map(({ id, role, begin, size, where }): UnderstoodSharing => ({
      mechanism: 'static_shm',
      id,
      // As the manual has it.
      role: role ?? 'borrower',
      guest: begin !== undefined && size !== undefined ? { start: begin, size } : undefined,
      attribute: 'cacheable',
      where,
    })),
  ];
}

function understoodXl(domain: XlDomain, more: readonly UnderstoodSharing[]): UnderstoodDomain {
  const { name, where, memory, vcpus, kernel, ramdisk, deviceTree } = domain;
  const given = { vcpus, kernel, ramdisk, 'partial tree': deviceTree };
  return {
    name: name?.value ?? where.file,
    kind: 'xl',
    where,
    memory: memory?.value,
    facts: [
      ...(memory === undefined
        ? []
        : [fact('memory', formatBytes(Number(memory.value)), memory.where)]),
      ...Object.entries(given).flatMap(([label, one]) =>
        one === undefined ? [] : [fact(label, one.value, one.where)],
      ),
      ...domain.llcColors.map((one) => fact('LLC colours', one.value, one.where)),
    ],
    sharing: [...xlSharing(domain), ...more],
  };
}

function xlUnknown(domain: XlDomain): Unknown[] {
  return keptOptions(domain).flatMap((name) => {
    const setting = settingOf(domain.file, name);
    if (setting === undefined) return [];
    const { place } = setting;
    const where = { file: place.file, place, line: domain.file.lines.text(place.line) };
    return [{ where, what: `option ${name}, ${keptAs(name)}` }];
  });
}

function partialUnknown(partial: PartialTree, hasOwner: boolean): Unknown[] {
  return [
    ...partial.faults.map(({ where, message }) => ({ where, what: message })),
    ...(hasOwner
      ? []
      : [{ where: partial.source.at('/passthrough'), what: 'whose partial tree this is' }]),
    ...partial.ignored.map(({ name, where }) => ({
      where,
      what: `node ${name}, which is copied to nobody`,
    })),
  ];
}

/** Says of each domain what it is and what it shares, of all of it where it is said, and what is left. */
export function understand(files: ImportedFiles): Understanding {
  const { hosts, partials, domains, imageBuilders, scripts } = files;
  const owned = partials.map((partial) => ({ partial, owners: ownersOf(partial, files) }));
  const given = (domain: Dom0lessDomain | XlDomain): UnderstoodSharing[] =>
    owned
      .filter(({ owners }) => [...owners.dom0less, ...owners.xl].includes(domain as never))
      .flatMap(({ partial }) => partial.nodes.flatMap(passedThrough));
  return {
    host: hosts.flatMap(hostFacts),
    domains: [
      ...hosts.flatMap((host) => [
        ...(host.dom0.hasKernel ||
        host.dom0.sharedMemory.length + host.dom0.eventChannels.length > 0
          ? [understoodDom0less(host.dom0, 'dom0', dom0Sharing(host))]
          : []),
        ...host.domains.map((domain) => understoodDom0less(domain, 'dom0less', given(domain))),
      ]),
      ...domains.map((domain) => understoodXl(domain, given(domain))),
    ],
    notUnderstood: [
      ...[...imageBuilders, ...scripts].flatMap(({ unknown }) => unknown),
      ...hosts.flatMap(({ faults, dom0, domains: some }) => [
        ...faults.map(({ where, message }) => ({ where, what: message })),
        ...[dom0, ...some].flatMap(({ unknown, name, sharedMemory: nodes }) => [
          ...unknown.map(({ where, what }) => ({ where, what: `${name}: ${what}` })),
          ...nodes
            .filter(({ region }) => region === undefined)
            .map((node) => ({
              where: node.at('xen,shared-mem'),
              what: `${name}: a region of ${node.cells?.length ?? 0} cells`,
            })),
        ]),
      ]),
      ...owned.flatMap(({ partial, owners }) =>
        partialUnknown(partial, owners.dom0less.length + owners.xl.length > 0),
      ),
      ...domains.flatMap((domain) => [
        ...domain.iomem.flatMap(({ fault, text, where }) =>
          fault === undefined ? [] : [{ where, what: `iomem "${text}": ${fault}` }],
        ),
        ...domain.faults.map(({ where, message }) => ({ where, what: message })),
        ...xlUnknown(domain),
      ]),
    ],
  };
}
