// SPDX-License-Identifier: Apache-2.0
/** Host memory that partial device trees give to domains that Xen makes (docs/misc/arm/passthrough.txt). */
import { ownersOf } from '../import/partial-owners.ts';
import type { PartialTree, PassthroughNode } from '../import/partial-tree.ts';
import { describeWhere, type Where } from '../import/where.ts';
import { clusters, endOf, hullOf, overlaps, type Range } from '../memory/ranges.ts';
import { hex } from '../support/units.ts';
import { dom0Name } from '../xen/dom0.ts';
import type { FoundSharings, Party, ReadDomain, Sharing, Untried } from './sharings.ts';
import { type TrialSystem, xlDomainsOf } from './subject.ts';
import { unseenShared } from './unread-nodes.ts';
import type { TrialFault } from './verdict.ts';
import { type HostWindow, partyOfWindow, windowsOf } from './xl-windows.ts';

/** A partial device tree, and the domains whose module it is. */
export interface GivenTree {
  readonly partial: PartialTree;
  /** One at least. */
  readonly domains: readonly ReadDomain[];
}

/** Host memory that a node gives to a domain. */
export interface Passed extends Range {
  readonly domain: string;
  readonly guest: bigint;
  readonly by: 'xen,reg' | 'xen,reg-cacheable';
  readonly where: Where;
}

/** Memory that one domain or several have by such nodes, or of a bank of SRAM by `iomem` of xl. */
export interface PassedGroup {
  /** `xen,reg 0xfffc0000`, or `iomem` where no node names it: by its lowest host address. */
  readonly id: string;
  readonly range: Range;
  readonly windows: readonly Passed[];
  readonly iomem: readonly HostWindow[];
}

/** The partial device trees of domains that Xen makes. */
export function givenTrees({ host, partials, domains }: TrialSystem): GivenTree[] {
  const hosts = host === undefined ? [] : [host];
  return partials
    .map((partial) => ({
      partial,
      domains: ownersOf(partial, { hosts, partials, domains }).dom0less,
    }))
    .filter((given) => given.domains.length > 0);
}

const rangesOf = ({ property: name = 'xen,reg', ranges }: PassthroughNode): Range[] =>
  ranges.map(({ host: start, size }) => ({ name, start, size }));

/** The nodes that ask for something of the host's, those that Xen does not find too. */
export const askingNodes = ({ nodes, misplaced }: PartialTree): PassthroughNode[] =>
  [...nodes, ...misplaced].filter(({ property }) => property !== undefined);

/** Whether somebody else has some of the same by another node, or by the same tree. */
function isShared(node: PassthroughNode, trees: readonly GivenTree[]): boolean {
  const own = rangesOf(node);
  const takers = trees.flatMap(({ partial, domains }) =>
    askingNodes(partial).some((other) =>
      rangesOf(other).some((range) => own.some((one) => overlaps(one, range))),
    )
      ? domains.map(({ name }) => name)
      : [],
  );
  return new Set(takers).size > 1;
}

/**
 * Whether a node stands for memory, which any machine has, and not for a device of the user's board:
 * it says so, the host device tree does, or several domains have it.
 */
export function isMemoryNode(system: TrialSystem, node: PassthroughNode): boolean {
  const { host } = system;
  const ranges = rangesOf(node);
  const banks = [...(host?.sram ?? []), ...(host?.memory ?? []), ...(host?.reserved ?? [])];
  return (
    node.compatible.includes('mmio-sram') ||
    host?.sram.some(({ path }) => path === node.xenPath) === true ||
    ranges.some((range) => banks.some((bank) => overlaps(bank, range))) ||
    isShared(node, givenTrees(system))
  );
}

/** All memory that is given to domains, in the order of the trees. */
export function passedMemory(system: TrialSystem): Passed[] {
  return givenTrees(system).flatMap(({ partial, domains }) =>
    domains.flatMap(({ name: domain }) =>
      askingNodes(partial)
        .filter((node) => isMemoryNode(system, node))
        .flatMap((node) => {
          const by = node.property ?? 'xen,reg';
          return node.ranges.map(({ host: start, size, guest }) => ({
            ...{ name: by, start, size, domain, guest, by, where: node.at(by) },
          }));
        }),
    ),
  );
}

/** The same, and what xl gives of it or of a bank of SRAM, each piece with everybody who has some. */
export function passedGroups(system: TrialSystem): PassedGroup[] {
  const { host } = system;
  const all = [...passedMemory(system), ...windowsOf(xlDomainsOf(system))];
  return clusters<Passed | HostWindow>(all).flatMap((group) => {
    const windows = group.filter((one) => 'by' in one);
    const iomem = group.filter((one) => 'entry' in one);
    const range = hullOf('', group);
    const inBank = host?.sram.some((bank) => overlaps(bank, range)) === true;
    if (windows.length === 0 && !inBank) return [];
    const id = `${windows.length > 0 ? 'xen,reg' : 'iomem'} ${hex(range.start)}`;
    return [{ id, range: { ...range, name: id }, windows, iomem }];
  });
}

/** What xl gives of host memory that is no part of such a piece. */
export function plainWindows(system: TrialSystem): HostWindow[] {
  const banked = passedGroups(system).flatMap(({ iomem }) => iomem.map(({ entry }) => entry));
  return windowsOf(xlDomainsOf(system)).filter(({ entry }) => !banked.includes(entry));
}

/** Where xl creates domains, dom0 is our Linux. */
const hasDom0 = ({ host, domains }: TrialSystem): boolean =>
  host?.dom0.hasKernel === true || domains.length > 0;

/** dom0 has each bank of mmio-sram that is not marked for passthrough, where it is. */
export function dom0Party(system: TrialSystem, { range }: PassedGroup): Party | undefined {
  const bank = system.host?.sram.find((one) => !one.passthrough && overlaps(one, range));
  if (bank === undefined || !hasDom0(system)) return undefined;
  const start = bank.start > range.start ? bank.start : range.start;
  const end = endOf(bank) < endOf(range) ? endOf(bank) : endOf(range);
  return {
    ...{ domain: dom0Name, role: undefined, guestAddress: start, hostAddress: start },
    ...{ size: end - start, where: bank.where, offset: start - range.start },
    ...{ share: { mechanism: 'xen,reg', party: 'dom0' }, direct: true },
  };
}

/** The domains that have some of it. */
export function partiesOfGroup({ range, windows, iomem }: PassedGroup): Party[] {
  const byNodes = windows.map(({ domain, start, size, guest, by, where }): Party => ({
    ...{ domain, role: undefined, guestAddress: guest, hostAddress: start, size, where },
    ...{ offset: start - range.start, share: { mechanism: by, party: 'domU' } },
  }));
  return [...byNodes, ...iomem.map((window) => partyOfWindow(window, range.start))];
}

const alone =
  'no other domain has any of it: of SRAM, dom0 has what is not marked xen,passthrough, if it has a kernel';

/** Modules that are partial device trees of which none is at hand. */
function missingTrees(system: TrialSystem): Untried[] {
  const given = new Set(givenTrees(system).flatMap(({ domains }) => domains));
  return (system.host?.domains ?? [])
    .filter((domain) => domain.hasPartialTree && !given.has(domain))
    .flatMap(({ name, modules }) =>
      modules
        .filter(({ kind }) => kind === 'device-tree')
        .map(({ where, file }) => ({
          ...{ what: `partial device tree: ${name}`, where },
          reason:
            file === undefined
              ? `nothing says which file it is: call it after the domain (${name}.dts), or give the boot script`
              : `there is no ${file}, nor its source, that is a partial device tree`,
        })),
    );
}

const mechanismOf = ({ windows }: PassedGroup): Sharing['mechanism'] => {
  if (windows.length === 0) return 'iomem';
  return windows.every(({ by }) => by === 'xen,reg-cacheable') ? 'xen,reg-cacheable' : 'xen,reg';
};

/** What is shared by partial device trees, and of SRAM. */
export function passedSharings(system: TrialSystem): FoundSharings {
  const sharings: Sharing[] = [];
  const untried: Untried[] = [];
  for (const group of passedGroups(system)) {
    const dom0 = dom0Party(system, group);
    const parties = [...partiesOfGroup(group), ...(dom0 === undefined ? [] : [dom0])];
    const names = new Set(parties.map(({ domain }) => domain));
    const [first] = parties;
    if (names.size > 1) sharings.push({ mechanism: mechanismOf(group), id: group.id, parties });
    else if (first !== undefined)
      untried.push({ what: `${group.id}: ${first.domain}`, where: first.where, reason: alone });
  }
  return { sharings, untried: [...untried, ...missingTrees(system)] };
}

/** Nodes outside of /passthrough (domain_handle_dtb_boot_module). */
function unseenNodes(system: TrialSystem): TrialFault[] {
  return givenTrees(system).flatMap(({ partial, domains }) =>
    partial.misplaced.flatMap(({ path, where }) =>
      domains.map(({ name }) => ({
        assertion: `${name}: Xen sees ${path} of its partial device tree`,
        message: 'it is not below /passthrough, and Xen passes over all else in silence',
        where: describeWhere(where),
      })),
    ),
  );
}

/** What Xen drops in silence, so that a domain has less than is written. */
export const droppedParts = (system: TrialSystem): TrialFault[] => [
  ...unseenShared(system.host),
  ...unseenNodes(system),
  ...droppedCells(system),
];

/** Cells that no tuple takes (handle_prop_pfdt). */
function droppedCells(system: TrialSystem): TrialFault[] {
  return givenTrees(system).flatMap(({ partial, domains }) =>
    partial.nodes
      .filter(({ leftover }) => leftover > 0)
      .flatMap(({ path, property = 'xen,reg', leftover, tuple, ranges, at }) =>
        domains.map(({ name }) => ({
          assertion: `${name}: Xen maps all that ${property} of ${path} says`,
          message: `it has ${ranges.length * tuple + leftover} cells, and a tuple <host size guest> has ${tuple} there; Xen drops the last ${leftover} in silence`,
          where: describeWhere(at(property)),
        })),
      ),
  );
}
