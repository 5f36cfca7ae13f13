// SPDX-License-Identifier: Apache-2.0
import type { CommandResult } from '../boards/ssh-errors.ts';
import { SubjectError } from '../support/errors.ts';

/** What `xl create` said when it did not create a domain. */
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
