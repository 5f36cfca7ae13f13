// SPDX-License-Identifier: Apache-2.0
import type { Dom0lessDomain } from '../import/dom0less-domain.ts';
import type { HostTree } from '../import/host-tree.ts';
import { describeWhere } from '../import/where.ts';
import { checkColouring } from './colouring.ts';
import type { Configuration } from './configuration.ts';
import { checkImageBuilder, checkModules, checkScript } from './boot-loader.ts';
import { checkDom0lessDomains } from './dom0less-domains.ts';
import { checkEventChannels } from './event-channels.ts';
import type { Finding } from './finding.ts';
import { checkGuestSpace, type GuestSpace } from './guest-space.ts';
import { ofXen } from './guest-modules.ts';
import { checkHostSpace } from './host-space.ts';
import { checkOptions, checkXlOptions } from './options.ts';
import { checkPassthrough } from './passthrough.ts';
import { checkSharedMemory } from './shared-memory.ts';
import { type Judgement, suppress } from './suppressions.ts';
import { checkXlDomains, spaceOf } from './xl-domains.ts';
import { checkXlMemory, checkXlNames, checkXlOptionNames } from './xl-options.ts';
import { checkXlShm } from './xl-shm.ts';

function dom0lessSpace(domain: Dom0lessDomain): GuestSpace {
  const { name, memory, directMap, sharedMemory, modules } = domain;
  const ramdisk = modules.find(({ kind }) => kind === 'ramdisk');
  return {
    domain: name,
    memory: memory === undefined ? undefined : memory * 1024n,
    direct: directMap || name === 'dom0',
    added: sharedMemory.flatMap(({ region, id = '', at }) =>
      region === undefined
        ? []
        : [
            {
              name: `shared memory ${id}`,
              start: region.guest,
              size: region.size,
              where: at('xen,shared-mem'),
            },
          ],
    ),
    own: [],
    modules: ofXen(ramdisk?.size ?? 0n),
  };
}

function unreadable({ unreadable: problems }: Configuration): Finding[] {
  return problems.map(({ place, what, line, fix }) => ({
    rule: 'unreadable',
    severity: 'error',
    where: { file: place.file, place, line },
    message: what,
    consequence: 'nothing behind it is read',
    fix: fix ?? 'correct it',
  }));
}

/** Properties that do not come out. */
const unreadCells = ({ faults }: Pick<HostTree, 'faults'>): Finding[] =>
  faults.map(({ where, message }) => ({
    rule: 'cells',
    severity: 'error',
    where,
    message,
    consequence: 'Xen does not read it as it was meant',
    fix: 'write as many cells as #address-cells and #size-cells say, and a text as a string: in a host tree, a node without them has those of the nearest node above',
  }));

/** All that rules find, whatever comments say of it. */
function findAll(configuration: Configuration): Finding[] {
  const { target, hosts, partials, domains, imageBuilders, scripts } = configuration;
  return [
    ...unreadable(configuration),
    ...hosts.flatMap((host) => [
      ...unreadCells(host),
      ...checkSharedMemory(host, target),
      ...checkHostSpace(host, target),
      ...checkModules(host),
      ...checkDom0lessDomains(host, imageBuilders, target),
      ...checkColouring(host, target),
      ...checkEventChannels(host),
      ...checkOptions(host, imageBuilders, target),
      ...[host.dom0, ...host.domains].flatMap((domain) => checkGuestSpace(dom0lessSpace(domain))),
    ]),
    ...partials.flatMap(unreadCells),
    ...imageBuilders.flatMap(checkImageBuilder),
    ...scripts.flatMap(checkScript),
    ...checkPassthrough(configuration, target),
    ...checkXlDomains(domains, hosts, target),
    ...checkXlOptions(domains, target),
    ...checkXlOptionNames(domains),
    ...checkXlNames(domains),
    ...checkXlMemory(domains, hosts),
    ...checkXlShm(domains, target),
    ...domains.flatMap((domain) => checkGuestSpace(spaceOf(domain, target))),
  ];
}

/**
 * All that is wrong with files that are judged together, in the order of the files, and what
 * comments answer. Pure: nothing is booted, nothing is read.
 */
export function judge(configuration: Configuration): Judgement {
  const { findings, suppressed } = suppress(findAll(configuration), configuration.texts);
  return { findings: findings.toSorted(byPlace), suppressed };
}

/** All that is wrong and that no comment answers. */
export const lint = (configuration: Configuration): readonly Finding[] =>
  judge(configuration).findings;

function byPlace({ where: a }: Finding, { where: b }: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  const [one, other] = [a.place, b.place];
  if (one !== undefined && other !== undefined)
    return one.line - other.line || one.column - other.column;
  return describeWhere(a) < describeWhere(b) ? -1 : 0;
}
