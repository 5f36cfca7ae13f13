// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../import/host-tree.ts';
import type { PlacedRange } from '../import/tree-reader.ts';
import type { ImportedIomem, XlDomain, XlFault } from '../import/xl-domain.ts';
import { xlValueText } from '../xen/xl-config.ts';
import { describeRange, overlaps, subtract } from '../memory/ranges.ts';
import { hex, PAGE } from '../support/units.ts';
import type { Finding } from './finding.ts';
import { ofLibxl } from './guest-modules.ts';
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

const refused = ({ text }: ImportedIomem): string =>
  `xl creates no domain: "Invalid argument parsing iomem: ${text}"`;

/** An entry that xl does not read. */
function checkForm(iomem: ImportedIomem, file: string, target: LintTarget): Finding {
  const { text, fault, meant, span } = iomem;
  const fix =
    meant === undefined
      ? 'write "0x70000,1@0x70000": hexadecimal page frames of 4 KiB'
      : `write "${meant}"`;
  // Where no attribute is known, it is to go, not to be moved.
  const certain = meant !== undefined && target.capabilities.has('iomem-cacheable');
  return {
    ...iomemFinding(iomem, 'iomem-form', `"${text}": ${fault ?? ''}`, refused(iomem), fix),
    ...(certain && { edit: { file, ...span, text: xlValueText(meant) } }),
  };
}

/** Addresses that few boards have, and that bytes in the place of page frames come to. */
function inBytes(iomem: ImportedIomem, host: bigint): Finding {
  const frame = host / BigInt(PAGE);
  const meant = frame % BigInt(PAGE) === 0n ? hex(frame / BigInt(PAGE)) : undefined;
  return {
    ...iomemFinding(
      iomem,
      'iomem-bytes',
      `"${iomem.text}" ends beyond 40 bits of host addresses: ${hex(frame)} is the frame of ${hex(host)}`,
      'the domain is not created, or what is mapped there is nothing of the board',
      `frames, not bytes${meant === undefined ? '' : `: did you mean ${meant}?`}`,
    ),
    severity: 'warning',
  };
}

function checkIomem(iomem: ImportedIomem, file: string, target: LintTarget): Finding[] {
  const { text, range, fault } = iomem;
  const ported = target.capabilities.has('ported');
  if (range === undefined || (fault !== undefined && !ported))
    return [checkForm(iomem, file, target)];
  const found: Finding[] = [];
  const add = (rule: Finding['rule'], ...texts: readonly [string, string, string]): void => {
    found.push(iomemFinding(iomem, rule, ...texts));
  };
  if (range.size === 0n)
    add(
      'iomem-empty',
      `"${text}" has no pages`,
      'Xen refuses the mapping (-EINVAL), and the domain is not created',
      'write the number of pages behind the comma',
    );
  if (range.host + range.size > 1n << 40n) found.push(inBytes(iomem, range.host));
  const { attribute } = range;
  if (attribute === undefined) return found;
  if (!target.capabilities.has('iomem-cacheable'))
    add(
      'iomem-attribute',
      `Xen ${target.name} knows no ",${attribute}"`,
      refused(iomem),
      'leave it out: the memory is mapped as Device',
    );
  else if (!['memory', 'devmem'].includes(ported ? attribute.toLowerCase() : attribute))
    add(
      'iomem-attribute',
      `",${attribute}" is neither "memory" nor "devmem"`,
      'xl creates no domain',
      'write ",memory" or ",devmem"',
    );
  return found;
}

/** Reserved memory that dom0 may not hand out. */
function checkReserved(iomem: ImportedIomem, host: HostTree, target: LintTarget): Finding[] {
  const { range } = iomem;
  const ported = target.capabilities.has('ported');
  if (range === undefined || (target.capabilities.has('iomem-cacheable') && !ported)) return [];
  const mapped = { name: 'iomem', start: range.host, size: range.size };
  return host.reserved
    .filter((reserved) => overlaps(mapped, reserved) && !(ported && reserved.sharable))
    .map((reserved) => ({
      ...iomemFinding(
        iomem,
        'iomem-reserved',
        `"${iomem.text}" is reserved memory: ${describeRange(reserved)}`,
        `${ported ? 'Xen' : 'upstream'} does not let dom0 hand it out: "failed give domain access to iomem range"`,
        ported
          ? 'if it is there to be shared, give its node compatible = "xen,shared-memory-v1"'
          : 'use mmio-sram, or a Xen that allows it',
      ),
      related: [reserved.where],
    }));
}

/** RAM that Xen gives to others: no dom0 may hand it out. */
function checkRam({ range, ...iomem }: ImportedIomem, host: HostTree): Finding[] {
  if (range === undefined || range.size === 0n) return [];
  const mapped = { name: 'iomem', start: range.host, size: range.size };
  const left = subtract(mapped, [...host.reserved, ...host.sram]);
  const bank = host.memory.find((memory) => left.some((part) => overlaps(part, memory)));
  if (bank === undefined) return [];
  return [
    {
      ...iomemFinding(
        { range, ...iomem },
        'iomem-ram',
        `"${iomem.text}" is RAM that is not reserved: ${describeRange(bank)}`,
        'Xen does not let dom0 hand it out: "failed give domain access to iomem range"',
        'reserve it in the host’s /reserved-memory, or map what is reserved there',
      ),
      related: [bank.where],
    },
  ];
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

/** Memory that dom0 keeps, cacheable, and that a guest maps as Device. */
function checkDom0(iomem: ImportedIomem, host: HostTree): Finding[] {
  const { range, where } = iomem;
  if (range === undefined || range.attribute === 'memory') return [];
  const mapped = { name: 'iomem', start: range.host, size: range.size };
  return [...host.sram.filter(({ passthrough }) => !passthrough), ...host.reserved]
    .filter((one) => overlaps(mapped, one))
    .map((one) => ({
      rule: 'attributes-differ',
      severity: 'warning',
      where,
      related: [one.where],
      message: `dom0 has ${describeRange(one)} cacheable, and the guest as Device`,
      consequence:
        'on hardware with data caches, what one side writes the other may not see; QEMU does not show it',
      fix: 'write ",memory" behind the guest frame where xl knows it, or map it uncached in dom0',
    }));
}

const kindOf = (cacheable: boolean): string => (cacheable ? 'cacheable' : 'as Device');

/** The address space of a domain that xl creates. */
export function spaceOf(domain: XlDomain, target: LintTarget): GuestSpace {
  const added: PlacedRange[] = domain.iomem.flatMap(({ range, text, where }) =>
    range === undefined
      ? []
      : [{ name: `iomem ${text}`, start: range.guest ?? range.host, size: range.size, where }],
  );
  const known = target.capabilities.has('xl-static-shm') ? domain.staticShm : [];
  const shm = known.flatMap(({ id = '', begin, size, role, where }) =>
    begin === undefined || size === undefined
      ? []
      : [{ name: `static_shm ${id}`, start: begin, size, where, role }],
  );
  return {
    domain: nameOf(domain),
    memory: domain.memory?.value,
    direct: false,
    added: [...added, ...shm.filter(({ role = 'borrower' }) => role === 'borrower')],
    own: shm.filter(({ role }) => role === 'owner'),
    // How large a ramdisk is, only the file tells: it lies before the tree.
    modules: ofLibxl(0n),
  };
}

/** What comes of an option that is not there for xl. */
const without: Readonly<Record<string, string>> = {
  iomem: 'nothing is mapped',
  static_shm: 'nothing is shared',
  llc_colors: 'the domain has the default colours',
  kernel: 'no domain is created without a kernel',
  memory: 'the domain has the default amount',
  maxmem: 'the domain has the default amount',
};

/**
 * xl warns of a value of another form and goes on (libxlu_cfg.c); only the name has to be there, and
 * a list of what it takes one by one has no list in it (xl_parse.c).
 */
function ignoredBy({ option, form }: XlFault): string {
  if (form === 'list in a list') return 'xl creates no domain: it cannot get the element';
  if (option === 'name') return 'xl creates no domain: "Domain name must be specified."';
  return `xl warns and ignores the option: ${without[option] ?? 'it is as if it were not there'}`;
}

const fixes: Readonly<Record<XlFault['form'], string>> = {
  'list for one value': 'write one value, without [ ]',
  'one value for a list': 'put it in [ ]',
  'list in a list': 'take the inner [ ] away',
  'no number': 'write a whole number of MiB with =',
};

/** What is wrong with the options of single domains, and between their iomem. */
export function checkXlDomains(
  domains: readonly XlDomain[],
  hosts: readonly HostTree[],
  target: LintTarget,
): Finding[] {
  return [
    ...domains.flatMap(({ faults, file: { source } }) =>
      faults.map((fault): Finding => {
        const { where, message, form, unlisted } = fault;
        return {
          rule: 'xl-value',
          severity: 'error',
          where,
          message,
          consequence: ignoredBy(fault),
          fix: fixes[form],
          ...(unlisted && {
            edit: {
              file: source.file,
              ...unlisted,
              text: `[ ${source.text.slice(unlisted.start, unlisted.end)} ]`,
            },
          }),
        };
      }),
    ),
    ...domains.flatMap(({ iomem, file }) =>
      iomem.flatMap((entry) => [
        ...checkIomem(entry, file.source.file, target),
        ...hosts.flatMap((host) => {
          const refused = checkReserved(entry, host, target);
          const more = refused.length > 0 ? refused : checkDom0(entry, host);
          return [...checkRam(entry, host), ...more];
        }),
      ]),
    ),
    ...checkAttributes(domains),
  ];
}
