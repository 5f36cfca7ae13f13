// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import { describeEnd, OwnedProcess } from '../host/processes.ts';
import { lastLines } from '../host/tools.ts';
import type { Deadline } from '../support/deadline.ts';
import { messageOf } from '../support/errors.ts';
import { type ActuatorOptions, powerError } from './actuator.ts';

/** A command as it is typed. */
export function commandText(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

/**
 * Runs a program to its end, without a shell, and returns what it printed.
 * @throws EnvironmentError when it is missing, fails, or is not done by the deadline: it is ended.
 */
export async function runProgram(
  options: ActuatorOptions,
  argv: readonly string[],
  deadline: Deadline,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [program = '', ...args] = argv;
  const started = performance.now();
  const fail = (what: string, said: string): Error =>
    powerError(options, {
      what: `${commandText(argv)} ${what}`,
      reached: `it ran for ${Math.round(performance.now() - started)} ms`,
      lastSeen: lastLines(said, 6),
      remedy: `run it by hand; when it works there, see that ${basename(program)} has the same rights and variables here`,
    });
  const child = await OwnedProcess.start(program, args, { env }).catch((error: unknown) => {
    throw powerError(options, {
      what: `${program} could not be started: ${messageOf(error)}`,
      remedy: `install ${basename(program)}, or correct power in the lab file`,
    });
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout = (stdout + chunk.toString()).slice(-65_536);
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end();
  try {
    const end = await deadline.bound(child.ended, () => {
      return fail('did not end in time', stdout + child.stderr);
    });
    if (end.code !== 0) throw fail(`ended with ${describeEnd(end)}`, stdout + child.stderr);
    return stdout;
  } finally {
    await child.stop();
  }
}
