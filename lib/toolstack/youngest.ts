// SPDX-License-Identifier: Apache-2.0
import type { CommandResult } from '../boards/ssh-errors.ts';
import { loggedScript } from './scripts.ts';

/**
 * The domid of the domain `name` that xl has just created: the highest of those that XenStore lists,
 * which costs less than to start xl once more. A domain that ended at once may be out of that list
 * already: then none is higher than `latest`, and xl's log tells. Undefined when it does not.
 */
export async function youngest(
  name: string,
  listed: string,
  latest: number,
  run: (script: string) => Promise<Pick<CommandResult, 'stdout'>>,
): Promise<number | undefined> {
  const highest = Math.max(0, ...[...listed.matchAll(/^\d+$/gm)].map(Number));
  if (highest > latest) return highest;
  const logged = Number((await run(loggedScript(name, latest))).stdout);
  return logged > latest ? logged : undefined;
}
