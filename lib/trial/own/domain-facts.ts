// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../../import/host-tree.ts';
import type { DomainAccount } from '../../xen/domain-state.ts';
import { isDom0 } from '../../xen/dom0.ts';
import type { PlannedDomain } from '../../xen/plan.ts';
import type { TrialFault } from '../verdict.ts';
import type { OwnFile } from './own-files.ts';
import type { DomainFacts } from './own-outcome.ts';
import type { Voice } from './voice.ts';

/** What was asked and heard of domains that Xen made. */
export interface Heard {
  readonly host: HostTree;
  readonly files: readonly OwnFile[];
  readonly voiceOf: (domid: number) => Voice | undefined;
  readonly crashes: ReadonlyMap<number, string>;
  /** Undefined where Xen did not answer. */
  readonly accounts: readonly DomainAccount[] | undefined;
  /** When Xen's own boot was over. */
  readonly fromMs: number;
}

/** Xen does not say with which code (xen/common/domain.c, domain_shutdown). */
const shutDown =
  'it has shut itself down: Xen does not tell whether it powered off, wants to be reset, or reports its own crash';

function stateOf(domid: number, heard: Heard): Pick<DomainFacts, 'state' | 'why'> {
  const crash = heard.crashes.get(domid);
  if (crash !== undefined) return { state: 'crashed', why: crash };
  const death = heard.voiceOf(domid)?.death;
  if (death !== undefined) return { state: 'panicked', why: death.text };
  if (heard.accounts === undefined) return { state: 'unknown', why: 'Xen does not answer' };
  const account = heard.accounts.find((one) => one.domid === domid);
  if (account === undefined) return { state: 'absent', why: 'Xen knows no such domain' };
  return account.dying || account.paused ? { state: 'ended', why: shutDown } : { state: 'runs' };
}

/** Why Xen shows nothing of what a domain says, as far as its node tells. */
function muteOf(host: HostTree, { name, domid }: PlannedDomain): string | undefined {
  const node = host.domains.find((domain) => domain.name === name);
  if (domid === 0 || node === undefined || node.vpl011) return undefined;
  return 'it has no vpl011: what it says by another device is not heard';
}

/** What is known of a domain that Xen made. */
export function factsOf(domain: PlannedDomain, heard: Heard): DomainFacts {
  const { name, domid } = domain;
  const voice = heard.voiceOf(domid);
  return {
    ...{ name, domid, ...stateOf(domid, heard) },
    files: heard.files.filter((file) => file.domain === name),
    lines: voice?.lines ?? 0,
    lastLine: voice?.last.at(-1),
    mute: isDom0(domain) ? undefined : muteOf(heard.host, domain),
    expected: voice?.heard(heard.fromMs) ?? [],
  };
}

const reasons: Partial<Record<DomainFacts['state'], string>> = {
  crashed: 'Xen lets it live',
  panicked: 'its kernel lives',
  absent: 'it is created',
  unknown: 'Xen knows it',
};

/** What of a domain is not as it has to be: an expected line that did not come, a death. */
export function faultsOfDomain(
  facts: DomainFacts,
  voice: Voice | undefined,
  withinMs: number,
  where: string | undefined,
): TrialFault[] {
  const { name, state, why, expected, lines } = facts;
  const alive = reasons[state];
  const last = lines === 0 ? 'it said nothing' : `it said last: ${voice?.last.join(' | ') ?? ''}`;
  return [
    ...(alive === undefined
      ? []
      : [{ assertion: `${name}: ${alive}`, message: why ?? state, where }]),
    ...expected
      .filter(({ afterMs }) => afterMs === undefined)
      .map(({ pattern }) => ({
        assertion: `${name}: it says ${pattern}`,
        message: `no line of its consoles did within ${withinMs / 1000} s; ${last}`,
        where,
      })),
  ];
}

/** Why a domain is no party of what it shares: by its name. */
export function downOf(domains: readonly DomainFacts[]): ReadonlyMap<string, string> {
  return new Map(
    domains
      .filter(({ state }) => state !== 'runs')
      .map(({ name, state, why }) => [
        name,
        `${name} ${state === 'ended' ? 'has ended itself' : `is not up: ${why ?? state}`}`,
      ]),
  );
}
