// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../import/host-tree.ts';
import type { PlacedRange } from '../import/tree-reader.ts';
import { describeRange, endOf, overlaps, type Range } from '../memory/ranges.ts';
import { hex } from '../support/units.ts';
import type { Finding } from './finding.ts';
import { isId } from './shared-memory.ts';
import { isAtLeast, type LintTarget } from './target.ts';

/** Regions of shared memory by id, each once, where they have a host address. */
export function hostRegions(host: HostTree): PlacedRange[] {
  const regions = new Map<string, PlacedRange>();
  for (const { sharedMemory } of [host.dom0, ...host.domains]) {
    for (const node of sharedMemory) {
      const { id, region } = node;
      // Without an id that Xen takes it is another finding, and maybe the same region.
      if (id === undefined || !isId(id)) continue;
      if (region?.host === undefined || regions.has(id)) continue;
      const where = node.at('xen,shared-mem');
      regions.set(id, {
        name: `shared memory ${id}`,
        start: region.host,
        size: region.size,
        where,
      });
    }
  }
  return [...regions.values()];
}

/** Whether `range` lies in banks that may join each other. */
function inBanks(range: Range, banks: readonly Range[]): boolean {
  let at = range.start;
  while (at < endOf(range)) {
    const bank = banks.find((one) => one.start <= at && at < endOf(one));
    if (bank === undefined) return false;
    at = endOf(bank);
  }
  return true;
}

function clash(a: PlacedRange, b: PlacedRange, consequence: string): Finding {
  return {
    rule: 'host-overlap',
    severity: 'error',
    where: a.where,
    related: [b.where],
    message: `${describeRange(a)} overlaps ${describeRange(b)}`,
    consequence,
    fix: 'move one of them',
  };
}

/**
 * Xen 4.17 has the region besides: a module is copied before any guest runs, and what it took is given
 * to nobody since it is reserved (bootfdt.c, process_shm_node).
 */
const inModule = (region: PlacedRange, module: PlacedRange): Finding => ({
  ...clash(region, module, 'Xen 4.17 shares it in silence, with the file in it'),
  severity: 'warning',
});

function shared(host: HostTree, target: LintTarget): Finding[] {
  const regions = hostRegions(host);
  const fatal = isAtLeast(target, [4, 19]);
  const early = 'Xen panics before its console is up: "Early FDT parsing failed"';
  const found = regions.flatMap((region, index) => [
    ...regions
      .slice(index + 1)
      .filter((other) => overlaps(region, other))
      .map((other) =>
        clash(other, region, fatal ? early : 'Xen builds only the first of the domains'),
      ),
    ...loaded(host)
      .filter((module) => overlaps(region, module))
      .map((module) =>
        fatal || !host.modules.includes(module)
          ? clash(region, module, fatal ? early : 'Xen 4.17 shares the file’s memory in silence')
          : inModule(region, module),
      ),
    ...host.domains
      .flatMap(({ staticMemory }) => staticMemory)
      .filter((bank) => overlaps(region, bank))
      .map((bank) => clash(region, bank, fatal ? early : 'Xen does not build the domain')),
    ...host.reserved
      .filter((reserved) => overlaps(region, reserved))
      .map((reserved) => clash(region, reserved, 'Xen does not build the domain')),
  ]);
  if (host.memory.length === 0) return found;
  return [
    ...found,
    ...regions
      .filter((region) => !inBanks(region, host.memory))
      .map((region): Finding => ({
        rule: 'host-not-ram',
        severity: 'error',
        where: region.where,
        related: host.memory.map(({ where }) => where),
        message: `${describeRange(region)} is not in ${host.memory.map(describeRange).join(', ')}`,
        consequence: 'Xen takes a data abort before its console is up',
        fix: 'choose a host address in RAM',
      })),
  ];
}

/** Memory of Xen's choice, of which there must be enough. */
function heap({ memory, dom0, domains }: HostTree): Finding[] {
  const total = memory.reduce((sum, { size }) => sum + size, 0n);
  if (total === 0n) return [];
  return [dom0, ...domains].flatMap(({ sharedMemory }) =>
    sharedMemory.flatMap(({ region, id = '', at }): Finding[] => {
      if (region === undefined || region.host !== undefined || region.size < total) return [];
      return [
        {
          rule: 'shm-heap',
          severity: 'error',
          where: at('xen,shared-mem'),
          message: `${id} has ${hex(region.size)} bytes, and the host ${hex(total)}`,
          consequence: 'Xen panics: "Failed to allocate pages as static shared memory from heap"',
          fix: 'share less',
        },
      ];
    }),
  );
}

/** Static memory and static heap: what lies over each other or reserved memory, or is no RAM. */
function staticMemory(host: HostTree, target: LintTarget): Finding[] {
  const banks = [...host.domains.flatMap((domain) => domain.staticMemory), ...host.staticHeap];
  const consequence = isAtLeast(target, [4, 19])
    ? 'Xen panics before its console is up: "Early FDT parsing failed"'
    : 'Xen dies of a BUG in page_alloc.c';
  return banks.flatMap((bank, index) => [
    ...banks
      .slice(index + 1)
      .filter((other) => overlaps(bank, other))
      .map((other) => clash(other, bank, consequence)),
    ...host.reserved
      .filter((other) => overlaps(bank, other))
      .map((other) => clash(bank, other, consequence)),
    ...(host.memory.length > 0 && !inBanks(bank, host.memory)
      ? [
          {
            rule: 'host-not-ram',
            severity: 'error',
            where: bank.where,
            related: host.memory.map(({ where }) => where),
            message: `${describeRange(bank)} is not in ${host.memory.map(describeRange).join(', ')}`,
            consequence: 'Xen does not boot, or uses memory that is not there',
            fix: 'choose host addresses in RAM',
          } as const,
        ]
      : []),
  ]);
}

/** Memory nodes over each other, and carve-outs over each other. */
function nodes({ memory, reserved }: HostTree): Finding[] {
  return [memory, reserved].flatMap((list) =>
    list.flatMap((one, index) =>
      list
        .slice(index + 1)
        .filter((other) => overlaps(one, other))
        .map((other) => clash(other, one, 'Xen refuses to boot, or counts the same memory twice')),
    ),
  );
}

/** What the boot loader puts into memory: modules, and files that no domain names. */
function loaded({ modules, loads }: HostTree): PlacedRange[] {
  const others = loads.filter((load) => !modules.some(({ start }) => start === load.start));
  return [...modules, ...others];
}

function files(host: HostTree): Finding[] {
  const all = loaded(host);
  const kept = [
    ...host.domains.flatMap(({ staticMemory: banks }) => banks),
    ...host.staticHeap,
    ...host.reserved,
  ];
  return all.flatMap((file, index) => [
    ...all
      .slice(index + 1)
      // Domains may name one module several times: it is loaded once.
      .filter((other) => overlaps(file, other) && file.start !== other.start)
      .map((other) => clash(other, file, 'the one that is loaded last overwrites the other')),
    ...kept
      .filter((other) => overlaps(file, other))
      .map((other) => clash(file, other, 'Xen refuses to boot, or gives the file’s memory away')),
    ...(host.memory.length > 0 && !inBanks(file, host.memory)
      ? [
          {
            rule: 'host-not-ram',
            severity: 'error',
            where: file.where,
            message: `${describeRange(file)} is not in the host’s memory`,
            consequence: 'the boot loader writes it to nowhere',
            fix: 'choose an address in RAM',
          } as const,
        ]
      : []),
  ]);
}

/** SRAM that is said to be RAM too: Xen's allocator gives it away. */
function sram(host: HostTree): Finding[] {
  return host.sram.flatMap((bank) =>
    host.memory
      .filter((memory) => overlaps(bank, memory))
      .map((memory): Finding => ({
        rule: 'host-overlap',
        severity: 'error',
        where: bank.where,
        related: [memory.where],
        message: `${describeRange(bank)} is a part of ${describeRange(memory)}`,
        consequence: 'Xen may give the same memory to a domain: silent corruption',
        fix: 'cut it out of the memory node',
      })),
  );
}

/** What lies twice at one host address, or where there is nothing. */
export function checkHostSpace(host: HostTree, target: LintTarget): Finding[] {
  return [
    ...shared(host, target),
    ...heap(host),
    ...staticMemory(host, target),
    ...files(host),
    ...sram(host),
    ...nodes(host),
  ];
}
