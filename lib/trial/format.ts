// SPDX-License-Identifier: Apache-2.0
import { formatBytes, hex } from '../support/units.ts';
import { describeWhere, type Where } from '../import/where.ts';
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

function summary({ verdicts, faults, boot }: TrialOutcome): string {
  const works = verdicts.filter(({ verdict }) => verdict === 'works').length;
  const what = `${works} of ${verdicts.length} sharings work`;
  if (boot.kind !== 'up') return `nothing could be tried: ${verdicts.length} sharings`;
  return faults.length === 0 ? what : `${what}; the system as a whole does not`;
}

/** What came of a configuration, for people. */
export function formatTrial(outcome: TrialOutcome, shown: (path: string) => string): string {
  const { boot, facts, verdicts, faults, tookMs, moved, replaced, untried } = outcome;
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
    ...untried.flatMap(untriedLines),
    '',
    `${summary(outcome)} (${(tookMs / 1000).toFixed(1)} s)`,
    `console: ${shown(outcome.log)}`,
  ];
  return `${rows.join('\n')}\n`;
}

/** The same for programs. */
export const trialAsJson = (outcome: TrialOutcome): string =>
  `${JSON.stringify(trialValue(outcome), undefined, 2)}\n`;

/** What {@link trialAsJson} prints, as a value. */
export function trialValue(outcome: TrialOutcome): object {
  const { boot, facts, verdicts, faults, tookMs, log, evidence, moved } = outcome;
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
