// SPDX-License-Identifier: Apache-2.0
/** Static event channels (docs/misc/arm/device-tree/booting.txt, Static Event Channel). */
import type { HostTree } from '../import/host-tree.ts';
import { describeWhere, type Where } from '../import/where.ts';
import type { Domain } from '../probe/domain.ts';
import { EventChannel } from '../probe/event-channel.ts';
import { dom0Name } from '../xen/dom0.ts';
import { trySignal } from './signals.ts';
import type { TrialFault } from './verdict.ts';

/** One end of a channel, as a domain has it. */
export interface ChannelEnd {
  readonly domain: string;
  /** Undefined where the node says none. */
  readonly port: number | undefined;
  readonly where: Where;
}

/** A static event channel. */
export interface Channel {
  /** `xen,evtchn radar:10 fusion:11`. */
  readonly id: string;
  /** Two, or one whose other end is nowhere. */
  readonly ends: readonly ChannelEnd[];
}

/** What came of one. */
export interface ChannelVerdict {
  readonly channel: Channel;
  readonly verdict: 'works' | 'fails' | 'one-sided' | 'not-tried';
  readonly faults: readonly TrialFault[];
  readonly reason?: string | undefined;
}

/** The channels of a host device tree, each once; what Xen does not find is one too. */
export function channelsOf({ dom0, domains }: HostTree): Channel[] {
  const all = [dom0, ...domains].flatMap(({ name, eventChannels }) =>
    eventChannels.map((node) => ({ domain: name, ...node })),
  );
  return all.flatMap((end, index) => {
    const at = all.findIndex(({ phandle }) => phandle !== undefined && phandle === end.remote);
    const other = all[at];
    // From the other end it was seen already, if that leads here.
    if (at < index && other?.remote !== undefined && other.remote === end.phandle) return [];
    const ends = other === undefined || at === index ? [end] : [end, other];
    const words = ends.map(({ domain, port }) => `${domain}:${port ?? '?'}`);
    return [
      {
        id: `xen,evtchn ${words.join(' ')}`,
        ends: ends.map(({ domain, port, where }) => ({ domain, port, where })),
      },
    ];
  });
}

/** Why one has a single end. */
const nowhere = 'no node has the phandle that its xen,evtchn names';

/** Of a system that does not come up. */
export const channelNotTried = (channel: Channel): ChannelVerdict => ({
  ...{ channel, verdict: 'not-tried', faults: [] },
  ...(channel.ends.length === 1 && { reason: nowhere }),
});

function oneSided(channel: Channel, { domain, where }: ChannelEnd): ChannelVerdict {
  const fault: TrialFault = {
    assertion: `${channel.id}: two domains have an end`,
    message: `only ${domain} has one: ${nowhere}`,
    where: describeWhere(where),
  };
  return { channel, verdict: 'one-sided', faults: [fault] };
}

/** Signals both ways. @param domainOf the domain that has an end, or why none can be asked. */
async function tryChannel(
  channel: Channel,
  domainOf: (name: string) => Domain | string,
): Promise<ChannelVerdict> {
  const [first, second] = channel.ends;
  if (first === undefined || second === undefined)
    return first === undefined ? channelNotTried(channel) : oneSided(channel, first);
  const found = [first, second].map((end) => {
    const domain = domainOf(end.domain);
    if (typeof domain === 'string') return domain;
    if (end.port === undefined) return `the end of ${end.domain} says no port`;
    const enhanced = domain.plan.enhanced !== undefined;
    return { ...end, channel: new EventChannel(domain.client, end.port, enhanced) };
  });
  const [one, other] = found;
  const reasons = found.filter((end) => typeof end === 'string');
  if (one === undefined || other === undefined || typeof one === 'string')
    return { channel, verdict: 'not-tried', faults: [], reason: reasons.join('; ') };
  if (typeof other === 'string')
    return { channel, verdict: 'not-tried', faults: [], reason: reasons.join('; ') };
  const faults: TrialFault[] = [];
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const assertion = `${channel.id}: a signal of ${from.domain} reaches ${to.domain}`;
    const failed = await trySignal(assertion, from.channel, to.channel);
    faults.push(...failed.map((fault) => ({ ...fault, where: describeWhere(to.where) })));
  }
  return { channel, verdict: faults.length === 0 ? 'works' : 'fails', faults };
}

/** Tries each channel of a system that is up. */
export async function tryChannels(
  channels: readonly Channel[],
  domainOf: (name: string) => Domain | string,
): Promise<ChannelVerdict[]> {
  const verdicts: ChannelVerdict[] = [];
  for (const channel of channels) verdicts.push(await tryChannel(channel, domainOf));
  return verdicts;
}

/** Why an end in a domain that is not there cannot be tried. */
export const nobodyIn = (name: string, linux: boolean): string =>
  name === dom0Name && linux
    ? 'dom0 runs our Linux, which has no program that signals'
    : `${name} is not up`;
