// SPDX-License-Identifier: Apache-2.0
/** Static event channels (docs/misc/arm/device-tree/booting.txt, Static Event Channel). */
import type { HostTree } from '../import/host-tree.ts';
import { describeWhere, type Where } from '../import/where.ts';
import type { Domain } from '../probe/domain.ts';
import { EventChannel } from '../probe/event-channel.ts';
import { type SignalEnd, trySignal } from './signals.ts';
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

/** How a domain signals at a port; why it cannot be asked, where it cannot. */
export type EndOf = (domain: string, port: number) => SignalEnd | string;

/** Signals both ways. */
async function tryChannel(channel: Channel, endOf: EndOf): Promise<ChannelVerdict> {
  const [first, second] = channel.ends;
  if (first === undefined || second === undefined)
    return first === undefined ? channelNotTried(channel) : oneSided(channel, first);
  const found = [first, second].map((end) => {
    const { domain, port } = end;
    if (port === undefined) return `the end of ${domain} says no port`;
    const signals = endOf(domain, port);
    return typeof signals === 'string' ? signals : { ...end, signals };
  });
  const [one, other] = found;
  const reasons = found.filter((end) => typeof end === 'string');
  if (one === undefined || other === undefined || typeof one === 'string')
    return { channel, verdict: 'not-tried', faults: [], reason: reasons.join('; ') };
  if (typeof other === 'string')
    return { channel, verdict: 'not-tried', faults: [], reason: reasons.join('; ') };
  const faults: TrialFault[] = [];
  try {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const assertion = `${channel.id}: a signal of ${from.domain} reaches ${to.domain}`;
      const failed = await trySignal(assertion, from.signals, to.signals);
      faults.push(...failed.map((fault) => ({ ...fault, where: describeWhere(to.where) })));
    }
  } finally {
    for (const { signals } of [one, other]) await signals[Symbol.asyncDispose]?.();
  }
  return { channel, verdict: faults.length === 0 ? 'works' : 'fails', faults };
}

/** Tries each channel of a system that is up. */
export async function tryChannels(
  channels: readonly Channel[],
  endOf: EndOf,
): Promise<ChannelVerdict[]> {
  const verdicts: ChannelVerdict[] = [];
  for (const channel of channels) verdicts.push(await tryChannel(channel, endOf));
  return verdicts;
}

/** The end of a domain with a probe in it; why it cannot be asked, where there is none. */
export function probeSignals(
  domain: Domain | undefined,
  name: string,
  port: number,
): SignalEnd | string {
  if (domain === undefined) return `${name} is not up`;
  return new EventChannel(domain.client, port, domain.plan.enhanced !== undefined);
}
