// SPDX-License-Identifier: Apache-2.0
import { type DeathKind, findDeath } from './console-lines.ts';

/**
 * How a boot came out. `up`: every domain's probe reported. `panic`, `bug`, `assertion`,
 * `data-abort` (one that Xen itself took), `trap`: how Xen says that it died. `silent`: not one
 * byte of Xen's. `domain-down`: Xen lives, but a domain does not report. `hang`: Xen went silent and does
 * not answer. `death`: what else ends a machine (a firmware's panic, a reset).
 */
export type OutcomeKind =
  | 'up'
  | 'panic'
  | 'bug'
  | 'assertion'
  | 'data-abort'
  | 'trap'
  | 'silent'
  | 'domain-down'
  | 'hang'
  | 'death';

/** What a console says about a boot that did not come up. */
export interface BootVerdict {
  readonly kind: Exclude<OutcomeKind, 'up'>;
  /** Xen's words: the panic's text, the BUG's or assertion's place; empty where it said none. */
  readonly text: string;
}

/** What judging a console needs of it. */
export interface ConsoleEvidence {
  /** Lines as they came, prefixes and all. */
  readonly lines: readonly string[];
  readonly bytes: number;
  /** Whether the machine ended by itself. */
  readonly ended: boolean;
}

const kinds: Partial<Record<DeathKind, BootVerdict['kind']>> = {
  'xen-panic': 'panic',
  'xen-bug': 'bug',
  'xen-assertion': 'assertion',
  'xen-trap': 'trap',
};

const bare = (line: string): string => line.replace(/^\(XEN\) (?:\[[ 0-9:.-]+\] )?/, '');

/** The line that says why, after `Panic on CPU n:` (xen/drivers/char/console.c, panic). */
function panicText(after: readonly string[]): string {
  return after.map(bare).find((text) => text !== '' && !/^\*+$/.test(text)) ?? '';
}

/** A debug key that Xen answered: xen/common/keyhandler.c. */
const alive = /'\w' pressed ->/;

/** The last that U-Boot says before a kernel has the machine (arch/arm/lib/bootm.c, announce_and_cleanup). */
const handedOver = /^Starting kernel\b/;

/** Whether not a byte came from Xen: none at all, or none after the boot loader's last words. */
export function isMute({ lines, bytes }: Pick<ConsoleEvidence, 'lines' | 'bytes'>): boolean {
  return bytes === 0 || handedOver.test(lines.findLast((line) => line.trim() !== '') ?? '');
}

/** Judges the whole console of a boot that did not come up. */
export function judgeBoot({ lines, bytes, ended }: ConsoleEvidence): BootVerdict {
  if (bytes === 0 || (!ended && isMute({ lines, bytes }))) return { kind: 'silent', text: '' };
  for (const [index, line] of lines.entries()) {
    const death = findDeath(line);
    if (death?.fatal !== true) continue;
    const kind = kinds[death.kind] ?? 'death';
    if (kind === 'panic') return { kind, text: panicText(lines.slice(index + 1)) };
    const aborted = kind === 'trap' && death.text.includes('Data Abort');
    return { kind: aborted ? 'data-abort' : kind, text: death.text };
  }
  if (ended) return { kind: 'death', text: 'the machine ended without a word' };
  const answered = lines.some((line) => alive.test(line));
  return { kind: answered ? 'domain-down' : 'hang', text: '' };
}

/** An outcome as it is held against an expectation. */
export interface JudgedBoot {
  readonly kind: OutcomeKind;
  readonly text: string;
  readonly console: readonly string[];
}

/** What is expected of a boot. Strings are looked for anywhere in a line. */
export interface ExpectedOutcome {
  readonly kind: OutcomeKind;
  /** Xen's last words: see {@link BootVerdict}. */
  readonly text?: string | RegExp;
  /** What some line of the console says, each. */
  readonly says?: readonly (string | RegExp)[];
}

const holds = (line: string, wanted: string | RegExp): boolean =>
  typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line);

const quote = (wanted: string | RegExp): string =>
  typeof wanted === 'string' ? JSON.stringify(wanted) : String(wanted);

/** Where an outcome differs from what was expected: a clause each, none when it does not. */
export function outcomeFaults(outcome: JudgedBoot, expected: ExpectedOutcome): string[] {
  const { kind, text = '', says = [] } = expected;
  const came = outcome.text === '' ? outcome.kind : `${outcome.kind}: ${outcome.text}`;
  if (outcome.kind !== kind) return [`it came out as ${came}`];
  return [
    ...(holds(outcome.text, text) ? [] : [`the words were ${quote(outcome.text)}`]),
    ...says
      .filter((wanted) => !outcome.console.some((line) => holds(line, wanted)))
      .map((wanted) => `no line says ${quote(wanted)}`),
  ];
}

/** An expectation for people: `panic "Could not set up", after "is not suitably aligned"`. */
export function describeExpected({ kind, text, says = [] }: ExpectedOutcome): string {
  const words = text === undefined ? '' : ` ${quote(text)}`;
  return `${kind}${words}${says.length === 0 ? '' : `, after ${says.map(quote).join(', ')}`}`;
}
