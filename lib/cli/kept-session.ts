// SPDX-License-Identifier: Apache-2.0
import { join, resolve } from 'node:path';
import { defaultBounds, prune, Session } from '../bisect/keeping.ts';
import { projectRoot } from '../images/places.ts';
import { MisuseError } from '../support/errors.ts';
import { shellWord } from '../support/shell.ts';
import { formatBytes } from '../support/units.ts';

/** Where bisections keep what they know, and what they built. */
export const stateOf = (directory: string | undefined): string =>
  resolve(directory ?? join(projectRoot, 'reports/bisect'));

/** The words of a command as a shell takes them. */
export function commandOf(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** Of a bisection that a signal ends: its exit code is that of the signal. */
function sayWhatIsKept(code: number): void {
  if (code > 128)
    process.stderr.write('\ninterrupted: what was found is kept, and the same command goes on\n');
}

/**
 * Does a bisection as a session: what it uses is kept until it has come to its end, in this run or a
 * later one; then what is too much or too old is deleted.
 */
export async function keptSession<T>(
  directory: string | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const state = stateOf(directory);
  const session = Session.open(state, commandOf(process.argv.slice(2)));
  process.once('exit', sayWhatIsKept);
  let result: T;
  try {
    result = await work(session);
  } catch (error) {
    // The same command would be refused again: there is nothing to go on with.
    if (error instanceof MisuseError) session.finish();
    throw error;
  } finally {
    process.off('exit', sayWhatIsKept);
  }
  session.finish();
  const { gone } = await prune(state, defaultBounds);
  const bytes = gone.reduce((sum, one) => sum + one.bytes, 0);
  if (gone.length > 0)
    process.stderr.write(`deleted ${formatBytes(bytes)} of old bisections in ${state}\n`);
  return result;
}
