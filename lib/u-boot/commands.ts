// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';

/** CONFIG_SYS_CBSIZE is 256 at the least that boards have; ours are to be short. */
const longest = 200;
/** The variable, in memory alone, in which a command's status is kept for a second reading. */
export const statusVariable = 'xrc';

/** @throws MisuseError for what U-Boot must not or cannot be asked. */
export function checkCommand(who: string, command: string): void {
  const wrong = (what: string, remedy: string): MisuseError =>
    new MisuseError({ who, what: `${JSON.stringify(command)} ${what}`, remedy });
  if (!/^[\x20-\x7e]+$/.test(command))
    throw wrong('is no command for U-Boot', 'give one line of printable ASCII');
  if (command.length > longest)
    throw wrong(`has ${command.length} characters`, `keep a command within ${longest}`);
  if (/\b(saveenv|env\s+(save|erase)|eraseenv)\b/.test(command))
    throw wrong('would change the board’s saved environment', 'set variables for this boot alone');
}

/**
 * `command` and behind it its status, three times, each behind `token`: the echo has the variable's
 * name where the answer has digits, so that the one never passes for the other.
 */
export function bracketed(command: string, token: string): string {
  return `${command}; setenv ${statusVariable} ${token}$?; ${readStatus}`;
}

const asked = `$${statusVariable}`;
/** Reads the status again, whatever ran in between. */
export const readStatus = `echo ${asked} ${asked} ${asked}`;

/** What stands in front of the status, and the status, when all three readings are the same. */
export function findStatus(
  lines: readonly string[],
  token: string,
): { readonly status: number; readonly output: string[] } | undefined {
  const marker = new RegExp(`${token}(\\d+) ${token}(\\d+) ${token}(\\d+)`);
  for (const [index, line] of lines.entries()) {
    const [, one, two, three] = marker.exec(line) ?? [];
    if (one === undefined || one !== two || one !== three) continue;
    const before = line.slice(0, marker.exec(line)?.index);
    const output = lines.slice(0, index);
    return { status: Number(one), output: before === '' ? output : [...output, before] };
  }
  return undefined;
}
