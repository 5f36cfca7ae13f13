// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { OwnedProcess } from '../host/processes.ts';
import { EnvironmentError } from '../support/errors.ts';

/** What the runner's last line says. */
const counts = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m;

/** How long a part of the suite takes. */
export interface SuiteFigures {
  readonly tests: number;
  /** From the runner's start to its end, in seconds. */
  readonly seconds: number;
}

/**
 * Runs the tests of a folder by the real runner, `workers` at once, from images that are there.
 * @throws EnvironmentError when a test does not pass: its speed means nothing then.
 */
export async function suiteSeconds(
  root: string,
  folder: string,
  workers: number,
): Promise<SuiteFigures> {
  const cli = join(root, 'node_modules/@playwright/test/cli.js');
  const args = ['test', '--project=qemu-virt', folder, '--workers', String(workers)];
  const startMs = performance.now();
  await using runner = await OwnedProcess.start(process.execPath, [cli, ...args], {});
  let said = '';
  runner.stdout.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const end = await runner.ended;
  const [, passed = '', failed] = counts.exec(said) ?? [];
  if (end.code !== 0 || failed !== '0')
    throw new EnvironmentError({
      who: `bench ${folder}`,
      what: 'did not pass, so that its time means nothing',
      lastSeen: said.trim().split('\n').slice(-6).join('\n'),
      remedy: `run: npx playwright test --project=qemu-virt ${folder}`,
    });
  return { tests: Number(passed), seconds: (performance.now() - startMs) / 1000 };
}
