// SPDX-License-Identifier: Apache-2.0
// Playwright ends the worker of a test that failed. A board that is well goes on for the next one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { startVirtualLab } from '../../../lib/virtual-lab/virtual-lab.ts';
import { finishRun, read, startRun } from '../runner/run.ts';

interface Case {
  readonly title: string;
  readonly passed: number;
  readonly boots: number;
}

const cases: readonly Case[] = [
  { title: 'well', passed: 3, boots: 1 },
  { title: 'dead', passed: 1, boots: 2 },
];

for (const { title, passed, boots } of cases)
  test(`a board whose test failed and that is ${title} boots ${boots === 1 ? 'once' : 'anew'}`, async ({}, info) => {
    test.setTimeout(300_000);
    const directory = info.outputPath('run');
    await using lab = await startVirtualLab({ directory: info.outputPath('lab') });

    const end = await finishRun(
      startRun(directory, `${title}:`, {
        config: 'tests/framework/physical/worker-end/playwright.config.ts',
        env: { CROSSPAGE_LAB: lab.labFile },
      }),
    );

    expect(end.output).toContain(`${passed} passed, 1 failed`);
    expect(end.code).toBe(1);
    const evidence = join(directory, 'zcu102-virtual');
    const directories = readdirSync(evidence).filter((name) => name.startsWith('boot-'));
    const all = (file: string): string[] =>
      directories.map((name) => readFileSync(join(evidence, name, file), 'utf8'));
    const captures = all('console.capture.jsonl');
    expect(captures).toHaveLength(2);
    // Power was switched on so often.
    expect(captures.filter((text) => text.includes('"kind":"epoch"'))).toHaveLength(boots);
    // Each has all that was said since.
    for (const text of all('console.log')) expect(text).toContain('Xen version');
    const results = await read(directory, 'results.json');
    expect(results.includes('left running by an earlier worker')).toBe(boots === 1);
  });

test('a board that is left for a worker that does not come is turned off as the run is killed', async ({}, info) => {
  test.setTimeout(300_000);
  const directory = info.outputPath('run');
  await using lab = await startVirtualLab({ directory: info.outputPath('lab') });
  const powered = (): boolean => lab.boards.some((board) => board.powered);
  // The last test of the run fails; what comes then needs no board.
  const run = startRun(directory, 'well: the second|idle:', {
    config: 'tests/framework/physical/worker-end/playwright.config.ts',
    env: { CROSSPAGE_LAB: lab.labFile },
  });
  const end = finishRun(run);
  const idle = join(directory, 'idle');
  await expect.poll(() => existsSync(idle), { timeout: 200_000 }).toBe(true);
  expect(powered()).toBe(true);

  run.kill('SIGKILL');

  await end;
  await expect.poll(powered, { timeout: 60_000 }).toBe(false);
});
