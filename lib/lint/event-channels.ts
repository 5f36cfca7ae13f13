// SPDX-License-Identifier: Apache-2.0
/** Static event channels (docs/misc/arm/device-tree/booting.txt, Static Event Channel). */
import type { Dom0lessDomain, EventChannelNode } from '../import/dom0less-domain.ts';
import type { HostTree } from '../import/host-tree.ts';
import { replaced } from './edits.ts';
import type { Finding } from './finding.ts';

interface End {
  readonly domain: Dom0lessDomain;
  readonly node: EventChannelNode;
}

const known = 'xen,evtchn-v1';

/** Xen sets a channel up from either end, and asks the node at the other for its ports alone. */
function isMade({ node }: End, all: readonly End[]): boolean {
  const other = all.find((end) => end.node.phandle === node.remote);
  return other?.node.compatible === known && other.node.remote === node.phandle;
}

function compatible(end: End, all: readonly End[]): Finding[] {
  const { domain, node } = end;
  if (node.compatible === known) return [];
  const made = node.remote !== undefined && isMade(end, all);
  return [
    {
      rule: 'evtchn-compatible',
      severity: made ? 'warning' : 'error',
      where: node.at('compatible'),
      message: `${domain.name}: compatible is "${node.compatible}", not "${known}"`,
      consequence: made
        ? 'Xen ignores the node, and sets the channel up from its other end alone'
        : 'Xen ignores the node in silence: there is no event channel',
      fix: `write compatible = "${known}"`,
      // Xen's own documentation says so once.
      ...(node.compatible === 'xen,evtchn' && replaced(node.written('compatible'), `"${known}"`)),
    },
  ];
}

function pair({ domain, node }: End, ends: readonly End[], all: readonly End[]): Finding[] {
  const panic = 'Xen panics: "Could not set up domains evtchn"';
  const finding = (message: string, fix: string): Finding => ({
    rule: 'evtchn-pair',
    severity: 'error',
    where: node.at('xen,evtchn'),
    message: `${domain.name}: ${message}`,
    consequence: panic,
    fix,
  });
  const { port, remote, phandle } = node;
  if (port === undefined || remote === undefined)
    return [finding('xen,evtchn is no port and phandle', 'write xen,evtchn = <PORT &other>')];
  const other = all.find((end) => end.node.phandle === remote);
  if (other === undefined)
    return [finding('the other end is no node with xen,evtchn', 'name the other end by its label')];
  if (other.node.remote !== phandle)
    return [
      {
        ...finding(
          `its other end, of ${other.domain.name}, does not lead back here`,
          'let each end name the other',
        ),
        related: [other.node.at('xen,evtchn')],
      },
    ];
  const twin = ends.find(
    (end) => end.domain === domain && end.node !== node && end.node.port === port,
  );
  const later =
    twin !== undefined && ends.indexOf(twin) < ends.findIndex((end) => end.node === node);
  return later
    ? [finding(`port ${port} is taken by another channel`, 'choose a port of its own')]
    : [];
}

/** What is wrong with static event channels. */
export function checkEventChannels({ dom0, domains }: HostTree): Finding[] {
  const all = [dom0, ...domains].flatMap((domain) =>
    domain.eventChannels.map((node) => ({ domain, node })),
  );
  const ends = all.filter(({ node }) => node.compatible === known);
  return [
    ...all.flatMap((end) => compatible(end, all)),
    ...ends.flatMap((end) => pair(end, ends, all)),
  ];
}
