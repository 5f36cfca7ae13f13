// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../import/host-tree.ts';
import type { PlacedRange } from '../import/tree-reader.ts';
import type { ImportedIomem, XlDomain } from '../import/xl-domain.ts';
import { describeRange, overlaps } from '../memory/ranges.ts';
import type { Finding } from './finding.ts';
import type { GuestSpace } from './guest-space.ts';
import type { LintTarget } from './target.ts';

export const nameOf = (domain: XlDomain): string => domain.name?.value ?? domain.where.file;

function iomemFinding(
  { where }: ImportedIomem,
  rule: Finding['rule'],
  message: string,
  consequence: string,
  fix: string,
): Finding {
  return { rule, severity: 'error', where, message, consequence, fix };
}

function checkIomem(iomem: ImportedIomem, target: LintTarget): Finding[] {
  const { text, range, fault } = iomem;
  const refused = `xl creates no domain: "Invalid argument parsing iomem: ${text}"`;
  if (range === undefined)
    return [
      iomemFinding(
        iomem,
        'iomem-form',
        `"${text}": ${fault ?? ''}`,
        refused,
        'write "0x70000,1@0x70000": hexadecimal page frames of 4 KiB',
      ),
    ];
  const found: Finding[] = [];
  if (range.size === 0n)
    found.push(
      iomemFinding(
        iomem,
        'iomem-empty',
        `"${text}" has no pages`,
        'Xen refuses the mapping (-EINVAL), and the domain is not created',
        'write the number of pages behind the comma',
      ),
    );
  const { attribute } = range;
  if (attribute === undefined) return found;
  if (!target.capabilities.has('iomem-cacheable'))
    found.push(
      iomemFinding(
        iomem,
        'iomem-attribute',
        `Xen ${target.name} knows no ",${attribute}"`,
        refused,
        'leave it out: the memory is mapped as Device',
      ),
    );
  else if (attribute !== 'memory' && attribute !== 'devmem')
    found.push(
      iomemFinding(
        iomem,
        'iomem-attribute',
        `",${attribute}" is neither "memory" nor "devmem"`,
        'xl creates no domain',
        'write ",memory" or ",devmem"',
      ),
    );
  return found;
}

/** Reserved memory that dom0 may not hand out, on a Xen without the cacheable options. */
function checkReserved(iomem: ImportedIomem, host: HostTree, target: LintTarget): Finding[] {
  const { range } = iomem;
  if (range === undefined || target.capabilities.has('iomem-cacheable')) return [];
  const mapped = { name: 'iomem', start: range.host, size: range.size };
  return host.reserved
    .filter((reserved) => overlaps(mapped, reserved))
    .map((reserved) => ({
      ...iomemFinding(
        iomem,
        'iomem-reserved',
        `"${iomem.text}" is reserved memory: ${describeRange(reserved)}`,
        'upstream does not let dom0 hand it out: "failed give domain access to iomem range"',
        'use mmio-sram, or a Xen that allows it',
      ),
      related: [reserved.where],
    }));
}

/** Pairs of iomem mappings of one host memory by domains, of different kinds. */
function checkAttributes(domains: readonly XlDomain[]): Finding[] {
  const all = domains.flatMap((domain) =>
    domain.iomem.flatMap((iomem) =>
      iomem.range === undefined
        ? []
        : [{ domain, iomem, cacheable: iomem.range.attribute === 'memory', range: iomem.range }],
    ),
  );
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter((other) => other.cacheable !== one.cacheable)
      .filter((other) =>
        overlaps(
          { name: '', start: one.range.host, size: one.range.size },
          { name: '', start: other.range.host, size: other.range.size },
        ),
      )
      .map((other): Finding => ({
        rule: 'attributes-differ',
        severity: 'warning',
        where: other.iomem.where,
        related: [one.iomem.where],
        message: `${nameOf(other.domain)} maps it ${kindOf(other.cacheable)}, ${nameOf(one.domain)} ${kindOf(one.cacheable)}`,
        consequence:
          'on hardware with data caches, what one side writes the other may not see; QEMU does not show it',
        fix: 'write ",memory" on both sides, or on none',
      })),
  );
}

const kindOf = (cacheable: boolean): string => (cacheable ? 'cacheable' : 'as Device');

/** The address space of a domain that xl creates. */
export function spaceOf(domain: XlDomain): GuestSpace {
  const added: PlacedRange[] = domain.iomem.flatMap(({ range, text, where }) =>
    range === undefined
      ? []
      : [{ name: `iomem ${text}`, start: range.guest ?? range.host, size: range.size, where }],
  );
  const shm = domain.staticShm.flatMap(({ id = '', begin, size, role, where }) =>
    begin === undefined || size === undefined
      ? []
      : [{ name: `static_shm ${id}`, start: begin, size, where, role }],
  );
  return {
    domain: nameOf(domain),
    memory: domain.memory?.value,
    direct: false,
    added: [...added, ...shm.filter(({ role }) => role !== 'owner')],
    own: shm.filter(({ role }) => role === 'owner'),
  };
}

/** What is wrong with the options of single domains, and between their iomem. */
export function checkXlDomains(
  domains: readonly XlDomain[],
  hosts: readonly HostTree[],
  target: LintTarget,
): Finding[] {
  return [
    ...domains.flatMap(({ faults }) =>
      faults.map(({ where, message }): Finding => ({
        rule: 'xl-value',
        severity: 'error',
        where,
        message,
        consequence: 'xl creates no domain',
        fix: 'write the value as xl.cfg(5) has it',
      })),
    ),
    ...domains.flatMap(({ iomem }) =>
      iomem.flatMap((entry) => [
        ...checkIomem(entry, target),
        ...hosts.flatMap((host) => checkReserved(entry, host, target)),
      ]),
    ),
    ...checkAttributes(domains),
  ];
}
