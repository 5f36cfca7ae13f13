// SPDX-License-Identifier: Apache-2.0
/** Nodes that look like static shared memory, and are none to Xen. */
import { type SharedMemoryNode, sharedMemoryNode } from '../import/dom0less-domain.ts';
import type { HostTree } from '../import/host-tree.ts';
import { describeWhere } from '../import/where.ts';
import type { Untried } from './sharings.ts';
import type { TrialFault } from './verdict.ts';

const passedOver = ({ compatible }: SharedMemoryNode): string | undefined =>
  compatible === sharedMemoryNode
    ? undefined
    : `its compatible is "${compatible}", and Xen passes over all but "${sharedMemoryNode}" in silence`;

/** Why Xen makes nothing of a node, if it does not. */
export function whyUnread(node: SharedMemoryNode): string | undefined {
  const { id, cells, region, addressCells, sizeCells } = node;
  const over = passedOver(node);
  if (over !== undefined) return over;
  if (id === undefined) return 'it has no xen,shm-id that can be read';
  if (cells === undefined) return 'it has no xen,shared-mem that can be read';
  if (region !== undefined) return undefined;
  const wanted = [addressCells + sizeCells, 2 * addressCells + sizeCells].join(' or ');
  return `its xen,shared-mem has ${cells.length} cells, and Xen reads ${wanted} there`;
}

const nodesOf = (
  host: HostTree | undefined,
): { readonly domain: string; readonly node: SharedMemoryNode }[] =>
  (host === undefined ? [] : [host.dom0, ...host.domains]).flatMap(({ name, sharedMemory }) =>
    sharedMemory.map((node) => ({ domain: name, node })),
  );

/** Those that cannot be tried, with the reasons. */
export const unreadNodes = (host: HostTree | undefined): Untried[] =>
  nodesOf(host).flatMap(({ domain, node }) => {
    const reason = whyUnread(node);
    if (reason === undefined) return [];
    return [{ what: `shared memory ${node.id ?? '?'}: ${domain}`, where: node.where, reason }];
  });

/** Those that Xen does not see: a domain has less than is written. */
export const unseenShared = (host: HostTree | undefined): TrialFault[] =>
  nodesOf(host).flatMap(({ domain, node }) => {
    const message = passedOver(node);
    if (message === undefined) return [];
    const assertion = `${domain}: Xen sees shared memory ${node.id ?? ''}`.trimEnd();
    return [{ assertion, message, where: describeWhere(node.at('compatible')) }];
  });
