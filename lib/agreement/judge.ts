// SPDX-License-Identifier: Apache-2.0
import type { Finding } from '../lint/finding.ts';
import { type RuleName, rules, type RuleText } from '../lint/rules.ts';
import type { Observation } from './observe.ts';

/**
 * What lint says of a configuration against what came of it. `right`: no error, and it works. `hit`: an
 * error, and it does not. `miss`: no error, and it does not. `false-alarm`: an error, and it works.
 * `quiet`: an error, it works, and stage 2 or the console show what is wrong. `warned`: a warning of
 * something that depends on the machine, and it does not work on this one.
 */
export type Agreement = 'right' | 'hit' | 'miss' | 'false-alarm' | 'quiet' | 'warned';

/** Both do not agree. */
export const disagrees = (agreement: Agreement): boolean =>
  agreement === 'miss' || agreement === 'false-alarm';

/** A configuration, judged. */
export interface Judged {
  readonly agreement: Agreement;
  readonly errors: readonly RuleName[];
  readonly warnings: readonly RuleName[];
  /** Errors that work, without a proof that they are errors. */
  readonly unproved: readonly RuleName[];
}

const text = (rule: RuleName): RuleText => rules[rule];

const rulesOf = (findings: readonly Finding[], severity: Finding['severity']): RuleName[] => [
  ...new Set(findings.filter((one) => one.severity === severity).map(({ rule }) => rule)),
];

function agreementOf(
  { faults }: Observation,
  { errors, warnings, unproved }: Omit<Judged, 'agreement'>,
): Agreement {
  if (faults.length > 0) {
    if (errors.length > 0) return 'hit';
    return warnings.some((rule) => text(rule).depends !== undefined) ? 'warned' : 'miss';
  }
  if (errors.length === 0) return 'right';
  return unproved.length > 0 ? 'false-alarm' : 'quiet';
}

/** Holds what lint found against what was seen. */
export function judge(findings: readonly Finding[], observation: Observation): Judged {
  const { proofs } = observation;
  const errors = rulesOf(findings, 'error');
  const unproved = errors.filter(
    (rule) =>
      text(rule).quiet === undefined || (proofs as Record<string, string>)[rule] === undefined,
  );
  const found = { errors, warnings: rulesOf(findings, 'warning'), unproved };
  return { agreement: agreementOf(observation, found), ...found };
}
