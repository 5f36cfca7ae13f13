// SPDX-License-Identifier: Apache-2.0
import { formatBytes, hex } from '../support/units.ts';
import { describeWhere, type Where } from '../import/where.ts';
import type { ChannelVerdict } from './channels.ts';
import { placesOfSharing, type Sharing, type Untried } from './sharings.ts';
import type { SharingVerdict, TrialFault, TrialOutcome } from './verdict.ts';

const words: Readonly<Record<SharingVerdict['verdict'], string>> = {
  works: 'works',
  mapped: 'mapped',
  fails: 'FAILS',
  'one-sided': 'FAILS',
  'not-tried': 'not tried',
};

export const indented = ({ assertion, message, where }: TrialFault): string[] => [
  `           not so: ${assertion}`,
  ...message.split('; ').map((part) => `             ${part}`),
  ...(where === undefined ? [] : [`             at ${where}`]),
];

export const untriedLines = ({ what, where, reason }: Untried): string[] => [
  `${words['not-tried'].padEnd(10)} ${what}`,
  `           ${describeWhere(where)}`,
  `           because ${reason}`,
];

const parties = ({ parties }: Sharing): string =>
  parties
    .map(({ domain, role }) => `${domain}${role === undefined ? '' : ` (${role})`}`)
    .join(', ');

export function lineOf({
  sharing,
  verdict,
  faults,
  reason,
  mapped = [],
}: SharingVerdict): string[] {
  const size = formatBytes(Number(sharing.parties[0]?.size ?? 0n));
  return [
    `${words[verdict].padEnd(10)} ${sharing.id}: ${parties(sharing)}, ${size} by ${sharing.mechanism}`,
    `           ${placesOfSharing(sharing).join(', ')}`,
    ...mapped.map((line) => `           ${line}`),
    ...(reason === undefined ? [] : [`           because ${reason}`]),
    ...faults.flatMap(indented),
  ];
}

export function linesOfChannel({ channel, verdict, faults, reason }: ChannelVerdict): string[] {
  const ends = channel.ends.map(({ domain, port }) => `${domain} (port ${port ?? 'unknown'})`);
  const where = channel.ends.map((end) => describeWhere(end.where));
  return [
    `${words[verdict].padEnd(10)} event channel: ${ends.join(', ')}`,
    `           ${where.join(', ')}`,
    ...(reason === undefined ? [] : [`           because ${reason}`]),
    ...faults.flatMap(indented),
  ];
}

/** `1 of 2 sharings`, of the channels only where there are some. */
function counted(all: readonly { readonly verdict: string }[], what: string): string {
  const works = all.filter(({ verdict }) => verdict === 'works').length;
  return `${works} of ${all.length} ${what}`;
}

function summary({ verdicts, channels, faults, boot }: TrialOutcome): string {
  const many = channels.length === 0 ? [] : [channels.length];
  if (boot.kind !== 'up') {
    const all = [`${verdicts.length} sharings`, ...many.map((count) => `${count} event channels`)];
    return `nothing could be tried: ${all.join(', ')}`;
  }
  const parts = [
    ...(verdicts.length === 0 && many.length > 0 ? [] : [counted(verdicts, 'sharings')]),
    ...many.map(() => counted(channels, 'event channels')),
  ];
  const what = `${parts.join(' and ')} work`;
  return faults.length === 0 ? what : `${what}; the system as a whole does not`;
}

/** What came of a configuration, for people. */
export function formatTrial(outcome: TrialOutcome, shown: (path: string) => string): string {
  const { boot, facts, verdicts, channels, faults, tookMs, moved, replaced, untried } = outcome;
  const came = boot.kind === 'up' ? 'comes up' : `does not come up: ${boot.kind}`;
  const rows = [
    `Xen ${facts['xen-release'] ?? '?'} (${facts['flavour'] ?? '?'}) ${came}`,
    ...faults.flatMap(indented),
    ...(moved === 0n
      ? []
      : [`host addresses were moved by ${hex(moved)}, to where the board has RAM`]),
    ...replaced.map(({ where, text }) => `${describeWhere(where)}: ${text}`),
    '',
    ...verdicts.flatMap(lineOf),
    ...channels.flatMap(linesOfChannel),
    ...untried.flatMap(untriedLines),
    '',
    `${summary(outcome)} (${(tookMs / 1000).toFixed(1)} s)`,
    `console: ${shown(outcome.log)}`,
  ];
  return `${rows.join('\n')}\n`;
}

/** The same for programs. @param leftOut what of the configuration was not booted, in words. */
export const trialAsJson = (outcome: TrialOutcome, leftOut: readonly string[] = []): string =>
  `${JSON.stringify({ ...trialValue(outcome), leftOut }, undefined, 2)}\n`;

/** What {@link trialAsJson} prints, as a value. */
export function trialValue(outcome: TrialOutcome): object {
  const { boot, facts, verdicts, channels, faults, tookMs, log, evidence, moved } = outcome;
  const at = ({ file, place }: Where): object => ({
    ...{ file, line: place?.line, column: place?.column },
  });
  return {
    schemaVersion: 1,
    boot,
    sharings: verdicts.map(({ sharing, verdict, faults: mine, reason, mapped }) => ({
      id: sharing.id,
      mechanism: sharing.mechanism,
      ...{ verdict, reason, mapped },
      domains: sharing.parties.map(
        ({ domain, role, guestAddress, hostAddress, size, where, share }) => ({
          ...{ domain, role, size: Number(size), guestAddress: hex(guestAddress) },
          hostAddress: hostAddress === undefined ? undefined : hex(hostAddress),
          ...{ as: share?.mechanism, ...at(where) },
        }),
      ),
      faults: mine,
    })),
    eventChannels: channels.map(({ channel, verdict, faults: mine, reason }) => ({
      ...{ id: channel.id, verdict, reason, faults: mine },
      ends: channel.ends.map(({ domain, port, where }) => ({ domain, port, ...at(where) })),
    })),
    notTried: outcome.untried.map(({ what, where, reason }) => ({ what, reason, ...at(where) })),
    replaced: outcome.replaced.map(({ where, text }) => ({ text, ...at(where) })),
    faults,
    movedBy: hex(moved),
    tookMs: Math.round(tookMs),
    console: log,
    evidence,
    facts,
  };
}
