// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import { type BootOutcome, hearOut } from '../boot/attempt.ts';
import { messageOf, SubjectError } from '../support/errors.ts';
import { judgeBoot } from '../xen/boot-outcome.ts';
import { parseConsoleLine } from '../xen/console-lines.ts';
import { type TrialFault, withoutNumbers } from './verdict.ts';

/** A boot that did not come up. */
export type FailedBoot = Pick<
  Exclude<BootOutcome, { kind: 'up' }>,
  'kind' | 'text' | 'console' | 'error'
>;

/** What does not hold where a machine or a domain has ended. */
export const live = 'Xen and all domains live';

/** What ended a system, or was noticed at its end, by what throws it. */
export function faultsOfHealth(check: () => void): TrialFault[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof SubjectError)) throw error;
    const [message = ''] = messageOf(error).split('\n');
    return [{ assertion: live, message }];
  }
}

/**
 * What ended a machine that was up, with Xen's own words for it, where it had any.
 * @throws what is no fault of what is tried.
 */
export async function faultOfEnd(
  assertion: string,
  { console }: RunningMachine,
  error: unknown,
): Promise<TrialFault> {
  if (!(error instanceof SubjectError)) throw error;
  await hearOut(console);
  const lines = console.lines.map(({ text }) => text);
  const { text } = judgeBoot({ lines, bytes: console.transcript.bytes, ended: false });
  const [message = ''] = messageOf(error).split('\n');
  const told = text === '' || message.includes(text);
  return { assertion, message: told ? message : `${message}; ${text}` };
}

/** What Xen says of its reasons, by how its panic begins. */
const reasons: readonly (readonly [panic: string, said: RegExp])[] = [
  ['Early FDT', /^fdt: /],
  [
    'Could not set up',
    /^(?:Couldn't |DomU passthrough |Failed to |Unable to |evtchn: )|\bmissing\b/,
  ],
];

/** What Xen said just before it gave up: that, and not the panic, is the reason. */
function reasonsOf(text: string, console: readonly string[]): string[] {
  const [, wanted] = reasons.find(([begin]) => text.startsWith(begin)) ?? [];
  if (wanted === undefined) return [];
  const panic = console.findIndex((line) => line.includes('Panic on CPU'));
  const said = console
    .slice(0, Math.max(panic, 0))
    .map((line) => parseConsoleLine(line).text.trim());
  return said.filter((line) => wanted.test(line)).slice(-2);
}

/** A boot that did not come up, in words that are the same for the same fault. */
export function bootFault(outcome: FailedBoot): TrialFault {
  const { kind, text, console } = outcome;
  const [what = ''] = messageOf(outcome.error).split('\n');
  if (text === '') return { assertion: `the system comes up (${kind})`, message: what };
  const said = reasonsOf(text, console);
  const words = withoutNumbers([text, ...said.slice(0, 1)].join('; '));
  return {
    assertion: `the system comes up (${kind}: ${words})`,
    message: [`${kind}: ${text}`, ...said].join('; '),
  };
}
