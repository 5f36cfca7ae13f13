// SPDX-License-Identifier: Apache-2.0
import type { OutcomeKind } from '../xen/boot-outcome.ts';
import type { ChannelVerdict } from './channels.ts';
import type { Replacement } from './rewrite-xl.ts';
import type { Sharing, Untried } from './sharings.ts';

/** What did not hold. */
export interface TrialFault {
  /** What was asserted; the same words for the same fault of another configuration. */
  readonly assertion: string;
  /** What was seen instead. */
  readonly message: string;
  /** Where the user wrote what it is about: `file:line:column`. */
  readonly where?: string | undefined;
}

/** What came of one sharing. */
export interface SharingVerdict {
  readonly sharing: Sharing;
  /** `one-sided`: a single domain has it, so that nothing can be shared. */
  readonly verdict: 'works' | 'fails' | 'one-sided' | 'not-tried';
  readonly faults: readonly TrialFault[];
  /** Why it was not tried. */
  readonly reason?: string | undefined;
}

/** What came of a configuration. */
export interface TrialOutcome {
  /** How the boot came out; `up` where every domain answered. */
  readonly boot: { readonly kind: OutcomeKind; readonly text: string };
  readonly verdicts: readonly SharingVerdict[];
  /** What came of its static event channels. */
  readonly channels: readonly ChannelVerdict[];
  /** What is wrong with the system as a whole: the boot, its isolation, its health. */
  readonly faults: readonly TrialFault[];
  readonly tookMs: number;
  /** The console's lines. */
  readonly log: string;
  readonly evidence: string;
  /** What was booted: versions and hashes by name. */
  readonly facts: Readonly<Record<string, string>>;
  /** Added to every host address that the user wrote, where it had to be. */
  readonly moved: bigint;
  /** What of the user's files was not taken as it is. */
  readonly replaced: readonly Replacement[];
  /** What looks like a sharing, and could not be tried. */
  readonly untried: readonly Untried[];
}

/** All that is wrong, of the system first. */
export function faultsOf({ faults, verdicts, channels }: TrialOutcome): readonly TrialFault[] {
  return [...faults, ...[...verdicts, ...channels].flatMap((verdict) => verdict.faults)];
}

/** Numbers change with every configuration: a fault is the same without them. */
export const withoutNumbers = (text: string): string =>
  text.replaceAll(/0x[0-9a-fA-F]+|\b[0-9a-f]{6,}\b|\b\d+\b/g, '#');
