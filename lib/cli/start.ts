// SPDX-License-Identifier: Apache-2.0
import { runNode } from './run-node.ts';
import { setUp } from './set-up.ts';
import { suite } from './suite.ts';

/** Prepares everything, then runs the shared-memory suite on QEMU. */
export async function start(): Promise<void> {
  await setUp();
  const args = ['test', '--project=qemu-virt', ...suite];
  process.exitCode = await runNode('@playwright/test/cli.js', args);
}
