// SPDX-License-Identifier: Apache-2.0

/** What failed in a run, in the words of the assertion. */
export interface AccountFault {
  readonly assertion: string;
  readonly message: string;
}

/** One change of a cause: a change of a configuration, an option, a commit, a version. */
export interface AccountItem {
  readonly what: string;
  /** Lines of a unified diff, or what else shows it. */
  readonly lines: readonly string[];
}

/** What breaks it. */
export interface AccountCause {
  readonly title: string;
  readonly items: readonly AccountItem[];
  readonly faults: readonly AccountFault[];
  /** How it is known. */
  readonly proof: readonly string[];
  /** A directory, as it is shown from where the command was run. */
  readonly evidence?: string | undefined;
}

/** Runs of one thing. */
export interface AccountRuns {
  readonly what: string;
  readonly verdict: 'good' | 'bad' | 'unresolved';
  readonly failed: number;
  readonly passed: number;
  /** Runs that an earlier bisection had made, and runs that the environment spoilt. */
  readonly known?: number | undefined;
  readonly spoilt?: number | undefined;
  readonly tookMs?: number | undefined;
  readonly why?: string | undefined;
}

/** Where in a history it broke. */
export interface AccountHistory {
  /** `the first bad commit`. */
  readonly title: string;
  /** The commit; several where none can be told from the other. */
  readonly items: readonly AccountItem[];
  /** What was passed over, and how many were tried. */
  readonly notes: readonly string[];
}

/** A bisection from what was asked to what came of it, whatever was bisected. */
export interface BisectionAccount {
  /** `bisect config`. */
  readonly verb: string;
  /** The answer in a line. */
  readonly answer: string;
  /** What was asked, each with its name. */
  readonly asked: readonly (readonly [name: string, value: string])[];
  readonly ends: readonly AccountRuns[];
  /** Where the ends are of a history: what of it was minimised. */
  readonly history?: AccountHistory | undefined;
  readonly causes: readonly AccountCause[];
  /** What is known of all that is in no cause. */
  readonly rest?: { readonly verdict: AccountRuns['verdict']; readonly text: string } | undefined;
  /** All that lies between the ends, as the steps number it from 1; in which cause each is, if in any. */
  readonly between?: readonly { readonly what: string; readonly cause?: number | undefined }[];
  readonly steps: readonly AccountRuns[];
  readonly notes: readonly string[];
  /** How many runs it took, and how long. */
  readonly effort: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly tookMs: number;
}

/** `failed 3 of 3 runs`, with what was not run for it. */
export function describeRuns({ failed, passed, known = 0, spoilt = 0 }: AccountRuns): string {
  const runs = failed + passed;
  const counted = failed > 0 ? `failed ${failed} of ${runs}` : `passed ${passed} of ${runs}`;
  const parts = [
    runs === 0 ? 'not run' : counted,
    ...(known > 0 ? [`${known} known from before`] : []),
    ...(spoilt > 0 ? [`${spoilt} spoilt`] : []),
  ];
  return parts.join(', ');
}
