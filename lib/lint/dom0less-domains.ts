// SPDX-License-Identifier: Apache-2.0
import type { Dom0lessDomain } from '../import/dom0less-domain.ts';
import type { HostTree } from '../import/host-tree.ts';
import type { ImageBuilderConfig } from '../import/image-builder.ts';
import { describeRange } from '../memory/ranges.ts';
import { alignUp, formatBytes, hex, isAligned, PAGE, SUPERPAGE } from '../support/units.ts';
import { replaced, wordsOf } from './edits.ts';
import { checkModuleSizes } from './module-sizes.ts';
import type { Finding } from './finding.ts';
import type { LintTarget } from './target.ts';

const error = (
  rule: Finding['rule'],
  domain: Dom0lessDomain,
  property: string,
  texts: { readonly message: string; readonly consequence: string; readonly fix: string },
): Finding => ({ rule, severity: 'error', where: domain.at(property), ...texts });

function checkMemory(domain: Dom0lessDomain): Finding[] {
  const { name, memory, memoryCells, staticMemory } = domain;
  const [word] = wordsOf(domain.written('memory')) ?? [];
  if (memory !== undefined && memoryCells !== 2)
    return [
      {
        ...error('domain-memory', domain, 'memory', {
          message: `memory of ${name} has ${memoryCells === 1 ? '1 cell' : `${memoryCells ?? 0} cells`}, and Xen reads two`,
          consequence: `Xen panics: "Error building DomU: cannot read "memory" property"`,
          fix: `write memory = <0x0 ${hex(memory)}>, in KiB`,
        }),
        ...(memoryCells === 1 && replaced(domain.written('memory'), word && `<0x0 ${word}>`)),
      },
    ];
  if (memory === undefined)
    return [
      error('domain-memory', domain, 'memory', {
        message: `${name} has no memory`,
        consequence: `Xen panics: "Error building DomU: cannot read "memory" property"`,
        fix: 'write memory = <0 KIB>, in KiB',
      }),
    ];
  if (!isAligned(memory, 4))
    return [
      error('domain-memory', domain, 'memory', {
        message: `${name} has ${memory} KiB of memory, which are no whole pages`,
        consequence: 'Xen hangs while it looks for the rest of a page, or panics',
        fix: `write memory = <0 ${hex(alignUp(memory, 4))}>, a multiple of 4 KiB`,
      }),
    ];
  const least = alignUp(domain.kernelSize ?? 0n, SUPERPAGE) + BigInt(SUPERPAGE);
  if (domain.kernelSize !== undefined && memory * 1024n < least)
    return [
      error('domain-memory', domain, 'memory', {
        message: `${name} has ${formatBytes(Number(memory) * 1024)}, and a kernel of ${formatBytes(Number(domain.kernelSize))} with its device tree takes ${formatBytes(Number(least))}`,
        consequence: 'Xen panics: "Not enough memory in the first bank for the kernel+dtb+initrd"',
        fix: 'give it more memory; the value is in KiB',
      }),
    ];
  const sum = staticMemory.reduce((total, { size }) => total + size, 0n);
  if (staticMemory.length === 0 || sum === memory * 1024n) return [];
  return [
    error('domain-memory', domain, 'memory', {
      message: `${name} has memory of ${hex(memory * 1024n)} bytes, and static memory of ${hex(sum)}`,
      consequence: 'Xen panics: "Failed to allocate requested static memory for domain"',
      fix: `write memory = <0 ${hex(sum / 1024n)}>, in KiB`,
    }),
  ];
}

function checkDomain(domain: Dom0lessDomain, hasDom0: boolean): Finding[] {
  const { name } = domain;
  const found = checkMemory(domain);
  if (domain.cpus === undefined || domain.cpus === 0)
    found.push(
      error('domain-cpus', domain, 'cpus', {
        message: `${name} has ${domain.cpus === 0 ? '0' : 'no'} cpus`,
        consequence:
          domain.cpus === 0
            ? `Xen panics: "Error creating domain ${name}"`
            : `Xen panics: "Missing property 'cpus' for domain ${name}"`,
        fix: 'write cpus = <1>',
      }),
    );
  if (!domain.hasKernel)
    found.push(
      error('domain-kernel', domain, 'compatible', {
        message: `${name} has no module with multiboot,kernel`,
        consequence: 'Xen panics: "Missing kernel boot module?"',
        fix: 'add a node with compatible = "multiboot,kernel", "multiboot,module" and its reg',
      }),
    );
  if (domain.directMap && domain.staticMemory.length === 0)
    found.push(
      error('direct-map', domain, 'direct-map', {
        message: `${name} is direct-mapped and has no static memory`,
        consequence: `Xen panics: "direct-map is not valid for domain ${name} without static allocation"`,
        fix: 'give it xen,static-mem, or take direct-map away',
      }),
    );
  if ((domain.enhanced === 'enabled' || domain.enhanced === 'no-evtchn') && !hasDom0)
    found.push(
      error('enhanced', domain, 'xen,enhanced', {
        message: `${name} is xen,enhanced = "${domain.enhanced}" and there is no dom0`,
        consequence: 'Xen panics: "Xenstore support requires dom0 to be present"',
        fix: 'write xen,enhanced = "no-xenstore", or boot a dom0',
      }),
    );
  return found;
}

/** Static memory that begins or ends within a page. */
const checkBanks = ({ staticMemory }: Dom0lessDomain): Finding[] =>
  staticMemory
    .filter(({ start, size }) => !isAligned(start, PAGE) || !isAligned(size, PAGE))
    .map((bank) => ({
      rule: 'static-memory-alignment',
      severity: 'error',
      where: bank.where,
      message: `${describeRange(bank)} is not on page boundaries`,
      consequence:
        'Xen dies of an assertion; built without them, it gives the domain other bytes than those',
      fix: 'write multiples of 0x1000',
    }));

/**
 * The domain with which all of them have more than the host. ImageBuilder's memory is only where files
 * may lie.
 */
function checkSum(
  { memory: banks, domains }: HostTree,
  imageBuilders: readonly ImageBuilderConfig[],
): Finding[] {
  const [bank] = banks;
  if (imageBuilders.some(({ config }) => config.source.file === bank?.where.file)) return [];
  const there = banks.reduce((sum, { size }) => sum + size, 0n);
  if (there === 0n) return [];
  let needed = 0n;
  const past = domains.find(({ memory = 0n }) => (needed += memory * 1024n) > there);
  if (past === undefined) return [];
  return [
    error('domain-memory', past, 'memory', {
      message: `with ${past.name}, the domains have ${hex(needed)} bytes, and the host ${hex(there)}`,
      consequence: 'Xen panics: "Failed to allocate requested domain memory"',
      fix: 'give less; the value is in KiB',
    }),
  ];
}

/** What is wrong with the nodes of dom0less domains. */
export function checkDom0lessDomains(
  host: HostTree,
  imageBuilders: readonly ImageBuilderConfig[],
  target: LintTarget,
): Finding[] {
  const { domains, dom0 } = host;
  return [
    ...domains.flatMap((domain) => [
      ...checkDomain(domain, dom0.hasKernel),
      ...checkBanks(domain),
      ...(domain.staticMemory.length > 0 && !target.capabilities.has('static-memory')
        ? [
            error('static-memory-not-built', domain, 'xen,static-mem', {
              message: 'this Xen is built without CONFIG_STATIC_MEMORY',
              consequence: 'Xen panics, and says nothing of the reason',
              fix: 'build Xen with CONFIG_STATIC_MEMORY=y (it wants CONFIG_UNSUPPORTED=y)',
            }),
          ]
        : []),
    ]),
    ...checkSum(host, imageBuilders),
    ...checkModuleSizes(host),
  ];
}
