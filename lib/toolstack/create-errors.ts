// SPDX-License-Identifier: Apache-2.0
import type { CommandResult } from '../boards/ssh-errors.ts';
import type { Deadline } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';

/** `xl create` did not succeed. */
export function refused(
  board: string,
  name: string,
  { code, signal, stdout, stderr }: CommandResult,
): SubjectError {
  const end = signal === undefined ? `exit code ${String(code)}` : `signal SIG${signal}`;
  return new SubjectError({
    who: `${board} dom0`,
    what: `\`xl create\` of ${name} ended with ${end}`,
    lastSeen: `${stdout}${stderr}`.trim(),
    where: `/var/log/xen/xl-${name}.log in dom0`,
  });
}

/** A domain was created, and its probe does not answer. */
export function silent(who: string, where: string, deadline: Deadline): SubjectError {
  return new SubjectError({
    who,
    what: `was created, and its probe did not show itself within ${Math.round(deadline.budgetMs)} ms`,
    where,
    remedy: 'see in `xl list` whether it runs, and in /var/log/xen what its console said',
  });
}
