// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../../boards/board.ts';
import { askXen } from '../../boot/debug-keys.ts';
import { type DomainAccount, readAccounts } from '../../xen/domain-state.ts';

/** How long Xen has to answer each debug key. */
const answerMs = 8000;

/** What Xen says of its domains; undefined where it does not answer. */
export async function askAccounts(machine: RunningMachine): Promise<DomainAccount[] | undefined> {
  const after = machine.console.transcript.lines.length;
  if (!(await askXen(machine, answerMs))) return undefined;
  return readAccounts(machine.console.transcript.lines.slice(after).map(({ text }) => text));
}
