// SPDX-License-Identifier: Apache-2.0
import type { CommandResult } from '../boards/ssh-errors.ts';
import type { Dom0 } from '../boot/dom0.ts';
import { messageOf, SubjectError } from '../support/errors.ts';
import { accountScript, consoleLog, xlLog } from './scripts.ts';

/** For a domain of the toolstack that failed. */
interface Failed {
  /** For messages. */
  readonly who: string;
  readonly name: string;
  readonly domid: number;
}

/** dom0's account of a domain, or why there is none. */
async function accountOf(dom0: Dom0, { name, domid }: Failed): Promise<string> {
  return dom0
    .output(['sh', '-c', accountScript(name, domid)], { timeoutMs: 10_000 })
    .then((text) => text.trim(), messageOf);
}

/** `xl create` did not succeed. */
export function refused(board: string, name: string, result: CommandResult): SubjectError {
  const { code, signal, stdout, stderr } = result;
  const end = signal === undefined ? `exit code ${String(code)}` : `signal SIG${signal}`;
  return new SubjectError({
    who: `${board} dom0`,
    what: `\`xl create\` of ${name} ended with ${end}`,
    lastSeen: `${stdout}${stderr}`.trim(),
    where: `${xlLog(name)} in dom0`,
  });
}

/** A domain was created, and its probe did not come up. */
export async function silentProbe(
  dom0: Dom0,
  failed: Failed,
  budgetMs: number,
  where: string,
): Promise<SubjectError> {
  return new SubjectError({
    who: failed.who,
    what: `was created, and its probe did not show itself within ${Math.round(budgetMs)} ms`,
    lastSeen: await accountOf(dom0, failed),
    where: `${where}; dom0.log has all of dom0’s logs`,
    remedy:
      'a state without "r" or "b", or a domain that is gone, has ended before its probe began',
  });
}

/** A Linux domain died of a panic. */
export function panicked({ who, name }: Failed, panic: string): SubjectError {
  return new SubjectError({
    who,
    what: `its kernel died: ${panic}`,
    where: `${consoleLog(name)} in dom0; dom0.log has it`,
    remedy: 'read its console above that line',
  });
}

/** A Linux domain did not answer. */
export async function silentLinux(
  dom0: Dom0,
  failed: Failed,
  command: string,
  budgetMs: number,
): Promise<SubjectError> {
  return new SubjectError({
    who: failed.who,
    what: `did not answer \`${command}\` within ${Math.round(budgetMs)} ms`,
    lastSeen: await accountOf(dom0, failed),
    where: `${consoleLog(failed.name)} in dom0; dom0.log has it`,
    remedy: 'see whether it is still there, and where its init stopped',
  });
}

/** A domain that was reset did not come again. */
export async function notRestarted(dom0: Dom0, failed: Failed): Promise<SubjectError> {
  return new SubjectError({
    who: failed.who,
    what: 'was reset, and xl did not create it anew',
    lastSeen: await accountOf(dom0, failed),
    where: `${xlLog(failed.name)} in dom0; dom0.log has it`,
    remedy:
      'its configuration says `on_reboot="restart"`, which is the default, or it ends for good',
  });
}

/** A domain that ended by itself was not destroyed. */
export function stillThere(who: string, budgetMs: number): SubjectError {
  return new SubjectError({
    who,
    what: `is still there after ${budgetMs} ms, and was to be destroyed when it ended`,
  });
}
