// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const bin = join(import.meta.dirname, '../../../lib/cli/bin.mjs');

/** How a run of the command ended, and what it printed. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A PATH on which Node is found by its own path only. */
export const env = (variables: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  ...variables,
});

/** Starts Node with `args`. */
export function startNode(args: readonly string[], variables = env()): ChildProcess {
  return spawn(process.execPath, args, { env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for the end of a process that {@link startNode} started. */
export async function endOf(child: ChildProcess): Promise<CliRun> {
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (child.stdout === null || child.stderr === null) throw new Error('started without pipes');
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** Starts `crosspage` with `args`. */
export function startCli(args: readonly string[], variables = env()): ChildProcess {
  return startNode([bin, ...args], variables);
}

/** Runs `crosspage` with `args` to its end. */
export function runCli(args: readonly string[], variables = env()): Promise<CliRun> {
  return endOf(startCli(args, variables));
}
