// SPDX-License-Identifier: Apache-2.0
import { describeWhere } from '../../import/where.ts';
import { hex } from '../../support/units.ts';
import { indented, lineOf, linesOfChannel, trialValue, untriedLines } from '../format.ts';
import type { DomainFacts, OwnOutcome } from './own-outcome.ts';

const states: Readonly<Record<DomainFacts['state'], string>> = {
  runs: 'runs',
  ended: 'ENDED',
  crashed: 'CRASHED',
  panicked: 'PANICKED',
  absent: 'ABSENT',
  unknown: 'unknown',
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function spoken({ lines, lastLine, mute }: DomainFacts): string {
  if (lines > 0) return `said ${lines} lines, the last: ${lastLine ?? ''}`;
  return mute === undefined ? 'said nothing' : `said nothing: ${mute}`;
}

function domainLines(facts: DomainFacts, shown: (path: string) => string): string[] {
  const { name, domid, state, why, files, expected } = facts;
  const who = domid === undefined ? name : `${name} (d${domid})`;
  return [
    `${states[state].padEnd(10)} ${who}${why === undefined ? '' : `: ${why}`}`,
    ...files.map(
      ({ kind, path, start, where }) =>
        `           ${kind} ${shown(path)}${start === undefined ? '' : ` at ${hex(start)}`}, ${describeWhere(where)}`,
    ),
    `           ${spoken(facts)}`,
    ...expected.map(({ pattern, afterMs }) =>
      afterMs === undefined
        ? `           did not say ${pattern}`
        : `           said ${pattern} after ${seconds(afterMs)}`,
    ),
  ];
}

/** What is not known, in words that nobody takes for more. */
function notProved({ shown, verdicts }: OwnOutcome): string[] {
  if (verdicts.length === 0) return [];
  return shown
    ? [
        'mapped: stage 2 has the same host memory for all parties, as written. No guest was seen to use it:',
        'whether data gets through, and what the guests map it as, only --probe-kernels or their own tests tell',
      ]
    : [
        'this board does not show stage 2: that the domains are up is all that is known of what they share',
      ];
}

function summary({ boot, verdicts, domains, faults }: OwnOutcome): string {
  if (boot.kind !== 'up') return `nothing could be looked at: ${verdicts.length} sharings`;
  const mapped = verdicts.filter(({ verdict }) => verdict === 'mapped').length;
  const run = domains.filter(({ state }) => state === 'runs').length;
  const what = `${run} of ${domains.length} domains run, ${mapped} of ${verdicts.length} sharings are mapped as written`;
  return faults.length === 0 ? what : `${what}; the system as a whole is not as it has to be`;
}

/** What came of a configuration with the user's own kernels, for people. */
export function formatOwn(outcome: OwnOutcome, shown: (path: string) => string): string {
  const { boot, facts, domains, verdicts, channels, faults, moved, replaced, untried, tookMs } =
    outcome;
  const came = boot.kind === 'up' ? 'boots to its end' : `does not come up: ${boot.kind}`;
  const rows = [
    `Xen ${facts['xen-release'] ?? '?'} (${facts['flavour'] ?? '?'}) ${came}, with the kernels of the configuration`,
    ...faults.flatMap(indented),
    ...(moved === 0n
      ? []
      : [`host addresses were moved by ${hex(moved)}, to where the board has RAM for them`]),
    ...replaced.map(({ where, text }) => `${describeWhere(where)}: ${text}`),
    '',
    ...domains.flatMap((one) => domainLines(one, shown)),
    ...(domains.length === 0 ? [] : ['']),
    ...verdicts.flatMap(lineOf),
    ...channels.flatMap(linesOfChannel),
    ...untried.flatMap(untriedLines),
    '',
    ...notProved(outcome),
    `${summary(outcome)} (${seconds(tookMs)})`,
    `console: ${shown(outcome.log)}`,
  ];
  return `${rows.join('\n')}\n`;
}

/** The same for programs. @param leftOut what of the configuration was not booted, in words. */
export function ownAsJson(outcome: OwnOutcome, leftOut: readonly string[] = []): string {
  const domains = outcome.domains.map(({ files, ...facts }) => ({
    ...facts,
    files: files.map(({ kind, path, size, start, where: { file, place } }) => ({
      ...{ kind, path, size, start: start === undefined ? undefined : hex(start) },
      ...{ file, line: place?.line, column: place?.column },
    })),
  }));
  const own = { kernels: 'own', stage2Shown: outcome.shown, domains, leftOut };
  const value = { ...trialValue(outcome), ...own };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
