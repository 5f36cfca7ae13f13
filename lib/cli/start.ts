// SPDX-License-Identifier: Apache-2.0
import { runNode } from './run-node.ts';
import { setUp } from './set-up.ts';

/** Tests of what is right; the misconfigurations and the harness's own tests are `npm test`'s. */
const suite = [
  'atomics',
  'boot',
  'cache',
  'event-channels',
  'isolation',
  'shared-memory',
  'sram',
  'stage2',
].map((folder) => `tests/${folder}/`);

/** Prepares everything, then runs the shared-memory suite on QEMU. */
export async function start(): Promise<void> {
  await setUp();
  const args = ['test', '--project=qemu-virt', ...suite];
  process.exitCode = await runNode('@playwright/test/cli.js', args);
}
