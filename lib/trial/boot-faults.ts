// SPDX-License-Identifier: Apache-2.0
import type { BootOutcome } from '../boot/attempt.ts';
import { messageOf, SubjectError } from '../support/errors.ts';
import { parseConsoleLine } from '../xen/console-lines.ts';
import { type TrialFault, withoutNumbers } from './verdict.ts';

/** A boot that did not come up. */
export type FailedBoot = Pick<
  Exclude<BootOutcome, { kind: 'up' }>,
  'kind' | 'text' | 'console' | 'error'
>;

/** What ended a system, or was noticed at its end, by what throws it. */
export function faultsOfHealth(check: () => void): TrialFault[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof SubjectError)) throw error;
    const [message = ''] = messageOf(error).split('\n');
    return [{ assertion: 'Xen and all domains live', message }];
  }
}

/** What Xen said just before it gave a device tree up: that, and not the panic, is the reason. */
function reasonsOf(console: readonly string[]): string[] {
  const panic = console.findIndex((line) => line.includes('Panic on CPU'));
  const said = console
    .slice(0, Math.max(panic, 0))
    .map((line) => parseConsoleLine(line).text.trim());
  return said.filter((text) => text.startsWith('fdt: ')).slice(-2);
}

/** A boot that did not come up, in words that are the same for the same fault. */
export function bootFault(outcome: FailedBoot): TrialFault {
  const { kind, text, console } = outcome;
  const [what = ''] = messageOf(outcome.error).split('\n');
  if (text === '') return { assertion: `the system comes up (${kind})`, message: what };
  const reasons = text.startsWith('Early FDT') ? reasonsOf(console) : [];
  const words = withoutNumbers([text, ...reasons.slice(0, 1)].join('; '));
  return {
    assertion: `the system comes up (${kind}: ${words})`,
    message: [`${kind}: ${text}`, ...reasons].join('; '),
  };
}
