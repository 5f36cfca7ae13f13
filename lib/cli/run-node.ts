// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../images/places.ts';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a JavaScript program of node_modules in the project's root, with this terminal. Signals go
 * on to it (Playwright takes two SIGINTs within a second, from the terminal and from here, as one).
 * @returns its exit code.
 */
export function runNode(script: string, args: readonly string[]): Promise<number> {
  for (const signal of forwarded) process.removeAllListeners(signal);
  const path = join(projectRoot, 'node_modules', script);
  const child = spawn(process.execPath, [path, ...args], { cwd: projectRoot, stdio: 'inherit' });
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
