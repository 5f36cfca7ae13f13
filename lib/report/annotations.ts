// SPDX-License-Identifier: Apache-2.0
/**
 * How fixtures tell the reporter what a test ran on and what it proved: Playwright annotations of
 * type `crosspage:<key>`, with the value as their description.
 */

/** What the type of each annotation that is a fact begins with. */
export const annotationPrefix = 'crosspage:';

/** The facts that the reports know by name; others are reported as they are. */
export const factKeys = {
  board: 'board',
  xenVersion: 'xen-version',
  qemuVersion: 'qemu-version',
  configSha256: 'config-sha256',
  /** Capability names with a space between. */
  requires: 'requires',
  /** Those of the required that the board or its hypervisor has not. */
  missing: 'missing',
  /** A short sentence of what a passing test proved; a test may have several. */
  proved: 'proved',
  /** Of a failed test: how what Xen mapped differs from the plan; a test may have several. */
  notAsPlanned: 'not-as-planned',
  /** How a party's memory is mapped, as lib/xen/measured.ts prints it; a test may have several. */
  mapped: 'mapped',
  /** How many records of the probes came, and how many were lost or damaged. */
  records: 'records',
  /** Stages of a boot that took most of their budget: `load 98.2 s of 120.0 s`. */
  nearBudget: 'near-budget',
  /** The first line by which a program says that it lost input, or is not content. */
  consoleWarning: 'console-warning',
  /** What first showed that a line loses or changes bytes. */
  lineDamage: 'line-damage',
  /** Of a failed test on a board: why its machine does not go on, and the next one has to boot. */
  notLeft: 'not-left',
} as const;

/** The key of a known fact, or of any other: `image:<name>`, `stage-<name>-ms`, ... */
export type FactKey =
  (typeof factKeys)[keyof typeof factKeys] | `image:${string}` | (string & Record<never, never>);

/** A Playwright annotation that is a fact. */
export interface FactAnnotation {
  readonly type: string;
  readonly description: string;
}

/** The annotation that tells `key`: push it to `testInfo.annotations`. */
export function fact(key: FactKey, value: string): FactAnnotation {
  return { type: `${annotationPrefix}${key}`, description: value };
}

/** The key of an annotation's type, if the annotation is a fact. */
export function factKeyOf(type: string): string | undefined {
  return type.startsWith(annotationPrefix) ? type.slice(annotationPrefix.length) : undefined;
}
