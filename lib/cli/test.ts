// SPDX-License-Identifier: Apache-2.0
import { allImages } from '../images/index.ts';
import { runNode } from './run-node.ts';
import { setUp } from './set-up.ts';

/** Prepares everything, then runs all tests; `args` are Playwright's. */
export async function test(args: readonly string[]): Promise<void> {
  await setUp(allImages(), ['dtc', 'ssh-keygen', 'xmllint']);
  process.exitCode = await runNode('@playwright/test/cli.js', ['test', ...args]);
}
