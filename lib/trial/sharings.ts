// SPDX-License-Identifier: Apache-2.0
import { cellsBelow, find, regOf } from '../dt/index.ts';
import { sharedMemoryNode } from '../import/dom0less-domain.ts';
import type { HostTree } from '../import/host-tree.ts';
import { describeWhere, type Where } from '../import/where.ts';
import type { Range } from '../memory/ranges.ts';
import { formatBytes } from '../support/units.ts';
import type { Share } from '../xen/mechanisms.ts';
import { dom0Name } from '../xen/dom0.ts';
import { type Subject, systemOf } from './subject.ts';
import { type Channel, channelsOf } from './channels.ts';
import { passedSharings } from './passed-memory.ts';
import { unreadNodes, whyUnread } from './unread-nodes.ts';
import { xlSharings } from './xl-sharings.ts';

/** A `xen,domain` node as it was read. */
export type ReadDomain = HostTree['domains'][number];

/** One domain that is to have a shared region. */
export interface Party {
  readonly domain: string;
  readonly role: 'owner' | 'borrower' | undefined;
  readonly guestAddress: bigint;
  /** As the user wrote it; undefined where Xen is to choose. */
  readonly hostAddress: bigint | undefined;
  readonly size: bigint;
  readonly where: Where;
  /** Where in what is shared its part begins. Default 0. */
  readonly offset?: bigint;
  /** What it is to get at stage 2, where the mechanism and the role do not say. */
  readonly share?: Share;
  /** Whether the domain has host memory where it is: then guest addresses are moved as host ones are. */
  readonly direct?: boolean;
}

/** Where a party has its part once host addresses have been moved by `moved`. */
export const guestAddressHere = ({ guestAddress, direct }: Party, moved: bigint): bigint =>
  direct === true ? guestAddress + moved : guestAddress;

/** Memory that domains are to share, as a configuration says it. */
export interface Sharing {
  readonly mechanism:
    'xen,domain-shared-memory-v1' | 'static_shm' | 'iomem' | 'xen,reg' | 'xen,reg-cacheable';
  /**
   * `xen,shm-id`, the `id` of static_shm, `iomem` or `xen,reg` with the lowest host address, or the
   * name of a bank of memory that is passed through. No other sharing of the configuration has it.
   */
  readonly id: string;
  /** An owner first. */
  readonly parties: readonly Party[];
}

/** What looks like a sharing, and cannot be tried. */
export interface Untried {
  /** `iomem 0xff0a0000: radar`. */
  readonly what: string;
  readonly where: Where;
  readonly reason: string;
}

/** Everything that a configuration says of sharing. */
export interface FoundSharings {
  readonly sharings: readonly Sharing[];
  readonly untried: readonly Untried[];
}

/** The same, and what domains signal by. */
export interface FoundAll extends FoundSharings {
  readonly channels: readonly Channel[];
}

/** The banks of `xen,static-mem` of a domain, in the cells of /chosen. */
export function staticMemoryOf(host: HostTree, { name }: ReadDomain): Range[] {
  const { root } = host.source.tree;
  const node = find(root, `/chosen/${name}`);
  if (node === undefined) return [];
  const { addressCells, sizeCells } = cellsBelow(root, '/chosen');
  try {
    const banks = regOf(node, addressCells, sizeCells, 'xen,static-mem');
    return banks.map(({ address, size }) => ({
      name: `static memory of ${name}`,
      start: address,
      size,
    }));
  } catch {
    return [];
  }
}

/** What a domain's nodes say of regions; a node that Xen cannot read is none. */
export function partiesOf(domain: ReadDomain): (Party & { readonly id: string })[] {
  return domain.sharedMemory.flatMap((node) => {
    const { id, role, region, where } = node;
    if (whyUnread(node) !== undefined || id === undefined || region === undefined) return [];
    const known = role === 'owner' || role === 'borrower' ? role : undefined;
    // Xen refuses others to such a domain (xen/arch/arm/static-shmem.c, process_shm).
    const direct = region.host !== undefined && (domain.name === dom0Name || domain.directMap);
    return [
      {
        ...{ id, domain: domain.name, role: known, where },
        ...{ hostAddress: region.host, guestAddress: region.guest, size: region.size },
        ...(direct && { direct }),
      },
    ];
  });
}

/** Every region that some domain of a host device tree names, in the order of the tree. */
function treeSharings(host: HostTree): Sharing[] {
  const byId = new Map<string, Party[]>();
  for (const domain of [host.dom0, ...host.domains])
    for (const { id, ...party } of partiesOf(domain))
      byId.set(id, [...(byId.get(id) ?? []), party]);
  return [...byId].map(([id, parties]) => ({ mechanism: sharedMemoryNode, id, parties }));
}

/** What a configuration shares, and what of it cannot be tried and why. */
export function findSharings(subject: Subject): FoundAll {
  const system = systemOf(subject);
  const xl = xlSharings(system);
  const ofTree = system.host === undefined ? [] : treeSharings(system.host);
  const passed = passedSharings(system);
  // To Xen and to xl one id is two regions: they are told apart by it.
  const ids = new Set(ofTree.map(({ id }) => id));
  const ofXl = xl.sharings.map((sharing) =>
    ids.has(sharing.id) ? { ...sharing, id: `${sharing.mechanism} ${sharing.id}` } : sharing,
  );
  return {
    sharings: [...ofTree, ...passed.sharings, ...ofXl],
    channels: system.host === undefined ? [] : channelsOf(system.host),
    untried: [...unreadNodes(system.host), ...passed.untried, ...xl.untried],
  };
}

/** Every sharing of a configuration: those of the host device tree, then those of xl's files. */
export const sharingsOf = (subject: Subject): readonly Sharing[] => findSharings(subject).sharings;

/** `mailbox: domU1 (owner), domU2 (borrower), 4 KiB`. */
export function describeSharing({ id, parties }: Sharing): string {
  const who = parties.map(
    ({ domain, role }) => `${domain}${role === undefined ? '' : ` (${role})`}`,
  );
  return `${id}: ${who.join(', ')}, ${formatBytes(Number(parties[0]?.size ?? 0n))}`;
}

/** Where a sharing is written, each place once. */
export function placesOfSharing({ parties }: Sharing): string[] {
  return [...new Set(parties.map(({ where }) => describeWhere(where)))];
}
