// SPDX-License-Identifier: Apache-2.0
import { runNode } from './run-node.ts';
import { setUp } from './set-up.ts';

/** Prepares everything, then runs the suite on QEMU. */
export async function start(): Promise<void> {
  await setUp();
  process.exitCode = await runNode('@playwright/test/cli.js', ['test', '--project', 'qemu-virt']);
}
