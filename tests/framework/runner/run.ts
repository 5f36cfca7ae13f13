// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deadline, pause } from '../../../lib/support/deadline.ts';
import { processesWith } from '../boot/boards.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Which specs a run is of, and what else it finds in its environment. */
export interface InnerRun {
  /** Its Playwright configuration, below the project's root. Default: the one beside this file. */
  readonly config?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A real run of Playwright on the specs of a configuration, with its reports in `directory`. */
export function startRun(directory: string, title: string, inner: InnerRun = {}): ChildProcess {
  const { config: name = 'tests/framework/runner/playwright.config.ts' } = inner;
  const cli = join(root, 'node_modules/@playwright/test/cli.js');
  const config = join(root, name);
  // The environment of the outer run would tell the inner one that it is a worker.
  const outer = /^(TEST_|PW|PLAYWRIGHT|CROSSPAGE_RUN$|FORCE_COLOR$|DEBUG_COLORS$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !outer.test(key)));
  return spawn(process.execPath, [cli, 'test', '-c', config, '-g', title], {
    cwd: root,
    env: { ...env, CROSSPAGE_INNER_RUN: directory, ...inner.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** How a run ended and what it said. */
export async function finishRun(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, output };
}

/** Waits until as many QEMU processes as `count` boot from `directory`. */
export async function untilRunning(directory: string, count: number): Promise<boolean> {
  const deadline = Deadline.after(90_000);
  for (;;) {
    if ((await processesWith(directory)).length === count) return true;
    if (deadline.passed) return false;
    await pause(20);
  }
}

export const read = (directory: string, name: string): Promise<string> =>
  readFile(join(directory, name), 'utf8');
