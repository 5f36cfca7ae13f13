// SPDX-License-Identifier: Apache-2.0
/** What a host device tree describes as the specification that tests are written in. */
import { KiB } from '../support/units.ts';
import type {
  DomainSpec,
  EventChannelSpec,
  MapSpec,
  SharedMemorySpec,
  SramMapSpec,
  SramSpec,
  SystemSpec,
} from '../xen/spec.ts';
import type { Dom0lessDomain, Unknown } from './dom0less-domain.ts';
import type { HostTree } from './host-tree.ts';
import type { ImportedFiles } from './imported-files.ts';
import { ownersOf } from './partial-owners.ts';
import type { PassthroughNode } from './partial-tree.ts';

/** A specification, and what of the files it does not say. */
export interface ImportedSpec {
  readonly spec: SystemSpec;
  readonly left: readonly Unknown[];
}

/** Names that a specification takes: 1 to 15 letters, digits, `_` and `-`, each once. */
class Names {
  readonly #names = new Map<string, string>();

  of(text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const clean = text.replaceAll(/[^\w-]/g, '_').replace(/^[^A-Za-z]/, 'n$&');
    const taken = new Set(this.#names.values());
    let name = clean.slice(0, 15);
    for (let count = 2; taken.has(name); count++)
      name = `${clean.slice(0, 15 - String(count).length)}${count}`;
    this.#names.set(text, name);
    return name;
  }
}

/** Gathers what a specification is made of. */
class Builder {
  readonly left: Unknown[] = [];
  readonly sharedMemory: Record<string, SharedMemorySpec> = {};
  readonly sram: Record<string, SramSpec> = {};
  readonly eventChannels: Record<string, EventChannelSpec> = {};
  readonly #regions = new Names();
  readonly #domains = new Names();
  readonly #banks = new Names();
  readonly #files: ImportedFiles;
  readonly #host: HostTree;

  constructor(files: ImportedFiles, host: HostTree) {
    this.#files = files;
    this.#host = host;
    for (const { path, start, size, passthrough } of host.sram)
      this.sram[this.#bank(path)] = {
        size: Number(size),
        hostAddress: start,
        ...(passthrough && { passthrough }),
      };
  }

  domain(domain: Dom0lessDomain): readonly [string, DomainSpec] {
    const { memory, cpus, enhanced, at } = domain;
    if (enhanced !== undefined && enhanced !== 'no-xenstore')
      this.left.push({ where: at('xen,enhanced'), what: `xen,enhanced = "${enhanced}"` });
    for (const name of ['direct-map', 'llc-colors', 'passthrough'])
      if (domain.has(name)) this.left.push({ where: at(name), what: name });
    if ((cpus ?? 1) > 4)
      this.left.push({ where: at('cpus'), what: `${cpus ?? 0} vcpus: the probe serves 4` });
    const [maps, sram] = [this.#maps(domain), this.#sramMaps(domain)];
    const staticMemory = this.#staticMemory(domain);
    return [
      this.#domains.of(domain.name),
      {
        probe: 'memory',
        ...(memory !== undefined && { memory: Number(memory) * KiB(1) }),
        ...(cpus !== undefined && { vcpus: Math.min(cpus, 4) }),
        ...(Object.keys(maps).length > 0 && { maps }),
        ...(Object.keys(sram).length > 0 && { sram }),
        ...(enhanced === 'no-xenstore' && { enhanced }),
        ...(staticMemory !== undefined && { staticMemory }),
      },
    ];
  }

  /** Both ends of each channel: each names the other by its phandle. */
  channels(domains: readonly Dom0lessDomain[]): void {
    const ends = domains.flatMap(({ name, eventChannels }) =>
      eventChannels.map((end) => ({ ...end, domain: this.#domains.of(name) })),
    );
    const paired = new Set<(typeof ends)[number]>();
    for (const end of ends) {
      if (paired.has(end)) continue;
      const other = ends.find(
        (one) => one !== end && one.phandle !== undefined && one.phandle === end.remote,
      );
      if (other?.port === undefined || end.port === undefined || other.domain === end.domain) {
        this.left.push({ where: end.where, what: 'an event channel without another end' });
        continue;
      }
      paired.add(end).add(other);
      const name = `channel${Object.keys(this.eventChannels).length + 1}`;
      this.eventChannels[name] = { [end.domain]: end.port, [other.domain]: other.port };
    }
  }

  #bank(path: string): string {
    return this.#banks.of(path.split('/').at(-1) ?? path);
  }

  #maps({ sharedMemory }: Dom0lessDomain): Record<string, MapSpec | readonly MapSpec[]> {
    const maps: Record<string, MapSpec[]> = {};
    for (const { id, role, region, where } of sharedMemory) {
      const known = role === undefined || role === 'owner' || role === 'borrower';
      if (id === undefined || region === undefined || !known) {
        this.left.push({ where, what: 'shared memory that is not as Xen wants it' });
        continue;
      }
      const name = this.#regions.of(id);
      const { host, size, guest } = region;
      this.sharedMemory[name] ??= {
        size: Number(size),
        hostAddress: host ?? 'xen',
        ...(name !== id && { id }),
      };
      (maps[name] ??= []).push({ ...(role !== undefined && { role }), guestAddress: guest });
    }
    return Object.fromEntries(
      Object.entries(maps).map(([name, list]) => [
        name,
        list.length === 1 && list[0] !== undefined ? list[0] : list,
      ]),
    );
  }

  #sramMaps(domain: Dom0lessDomain): Record<string, SramMapSpec> {
    const maps: Record<string, SramMapSpec> = {};
    const nodes = this.#files.partials
      .filter((partial) => ownersOf(partial, this.#files).dom0less.includes(domain))
      .flatMap((partial) => partial.nodes);
    for (const node of nodes) this.#sramMap(node, maps);
    return maps;
  }

  #sramMap(node: PassthroughNode, maps: Record<string, SramMapSpec>): void {
    const { property, ranges, xenPath, force, where } = node;
    const [range, ...more] = ranges;
    if (property === undefined || range === undefined) return;
    const bank = this.#host.sram.find(
      ({ start, size }) => start === range.host && size === range.size,
    );
    if (bank === undefined || more.length > 0) {
      this.left.push({ where, what: 'a device that is no whole bank of mmio-sram' });
      return;
    }
    maps[this.#bank(bank.path)] = {
      by: property,
      guestAddress: range.guest,
      path: xenPath !== undefined,
      forceAssign: force,
    };
  }

  #staticMemory({ staticMemory, memory }: Dom0lessDomain): bigint | undefined {
    const [bank, ...more] = staticMemory;
    if (bank === undefined) return undefined;
    if (more.length === 0 && memory !== undefined && bank.size === memory * 1024n)
      return bank.start;
    this.left.push({ where: bank.where, what: 'static memory of several banks' });
    return undefined;
  }
}

const filled = <T extends object>(record: T): T | undefined =>
  Object.keys(record).length > 0 ? record : undefined;

/** Undefined where there is no host device tree, or more than one. */
export function systemSpecOf(files: ImportedFiles): ImportedSpec | undefined {
  const [host, ...more] = files.hosts;
  if (host === undefined || more.length > 0) return undefined;
  const builder = new Builder(files, host);
  const domains = Object.fromEntries(host.domains.map((domain) => builder.domain(domain)));
  builder.channels(host.domains);
  const { left, sharedMemory, sram, eventChannels } = builder;
  if (host.dom0.hasKernel) left.push({ where: host.dom0.where, what: 'dom0' });
  for (const { id = '', where } of host.dom0.sharedMemory)
    left.push({ where, what: `dom0’s shared memory ${id}`.trimEnd() });
  for (const { where } of host.dom0.eventChannels)
    left.push({ where, what: 'dom0’s end of an event channel' });
  for (const partial of files.partials)
    if (ownersOf(partial, files).dom0less.length === 0)
      left.push({
        where: partial.source.at('/passthrough'),
        what: 'a partial tree that is nobody’s',
      });
  for (const { name, where } of host.reserved)
    left.push({ where, what: `reserved memory ${name}` });
  const parts = {
    sharedMemory: filled(sharedMemory),
    sram: filled(sram),
    eventChannels: filled(eventChannels),
  };
  const there = Object.entries(parts).filter(([, value]) => value !== undefined);
  return { spec: { ...Object.fromEntries(there), domains }, left };
}

const literal = (value: unknown, indent: string): string => {
  if (typeof value === 'bigint') return `0x${value.toString(16)}n`;
  if (typeof value === 'string') return `'${value.replaceAll(/['\\]/g, '\\$&')}'`;
  if (typeof value === 'number') return value > 9 ? `0x${value.toString(16)}` : String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, indent)).join(', ')}]`;
  const lines = Object.entries(value).map(([key, item]) => {
    const name = /^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`;
    return `${deeper}${name}: ${literal(item, deeper)},\n`;
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`;
};

/** The specification as a test begins with it. */
export function printSpec(spec: SystemSpec): string {
  return `import { xenTest } from '#crosspage';\n\nconst test = xenTest(${literal(spec, '')});\n`;
}
