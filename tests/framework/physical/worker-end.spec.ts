// SPDX-License-Identifier: Apache-2.0
// Playwright ends the worker of a test that failed. A board that is well goes on for the next one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { loadLab, LocalReservation } from '../../../lib/lab/index.ts';
import { startVirtualLab } from '../../../lib/virtual-lab/virtual-lab.ts';
import { finishRun, read, startRun } from '../runner/run.ts';

/** What is looked at in `results.json`. */
interface Results {
  readonly tests: readonly {
    readonly attempts: readonly { readonly attachments: readonly { readonly name: string }[] }[];
  }[];
}

/** How each private key in OpenSSH's form begins, after its first line. */
const secret = Buffer.from('openssh-key-v1\0').toString('base64').slice(0, 18);

interface Case {
  readonly title: string;
  readonly passed: number;
  readonly boots: number;
}

const cases: readonly Case[] = [
  { title: 'well', passed: 3, boots: 1 },
  { title: 'dead', passed: 1, boots: 2 },
];

/** That file of each machine's evidence whose directory begins with `prefix`, one after the other. */
function filesOf(directory: string, prefix: string, file: string): string[] {
  const evidence = join(directory, 'zcu102-virtual');
  return readdirSync(evidence)
    .sort()
    .filter((name) => name.startsWith(prefix) && existsSync(join(evidence, name, file)))
    .map((name) => readFileSync(join(evidence, name, file), 'utf8'));
}

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
    const captures = filesOf(directory, 'boot-', 'console.capture.jsonl');
    expect(captures).toHaveLength(2);
    // Power was switched on so often.
    expect(captures.filter((text) => text.includes('"kind":"epoch"'))).toHaveLength(boots);
    // Each has all that was said since.
    for (const text of filesOf(directory, 'boot-', 'console.log'))
      expect(text).toContain('Xen version');
    const booted = filesOf(directory, 'boot-', 'booted.json');
    expect(booted).toHaveLength(2);
    for (const text of booted) expect(text).toContain('config-sha256');
    const results = await read(directory, 'results.json');
    expect(results.includes('left running by an earlier worker')).toBe(boots === 1);
    expect(results.includes('owner was asked to end')).toBe(boots === 2);
  });

test('a Linux dom0 goes on when a test has failed, and is booted anew when it dies then', async ({}, info) => {
  test.setTimeout(1_200_000);
  const directory = info.outputPath('run');
  await using lab = await startVirtualLab({ directory: info.outputPath('lab') });

  const end = await finishRun(
    startRun(directory, 'dom0:', {
      config: 'tests/framework/physical/worker-end/playwright.config.ts',
      env: { CROSSPAGE_LAB: lab.labFile },
    }),
  );

  expect(end.output).toContain('3 passed, 2 failed');
  expect(end.code).toBe(1);
  // Of the first worker, of the second that goes on, of the third: what it was left, and what it booted.
  const captures = filesOf(directory, 'dom0-', 'console.capture.jsonl');
  const booted = captures.map((text) => text.includes('"kind":"epoch"'));
  expect(booted).toEqual([true, false, true, false]);
  for (const text of filesOf(directory, 'dom0-', 'console.log'))
    expect(text).toContain('Xen version');
  const [why, ...more] = filesOf(directory, 'dom0-', 'why.txt');
  expect(more).toEqual([]);
  expect(why).toMatch(/^zcu102-virtual is booted anew: .*\n.*Kernel panic - not syncing: sysrq/);
  const { tests } = JSON.parse(await read(directory, 'results.json')) as Results;
  const attached = tests.map(({ attempts }) =>
    attempts.flatMap(({ attachments }) => attachments.map(({ name }) => name)),
  );
  expect(attached.map((names) => names.includes('why.txt'))).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
  // The key by which all of them reached it.
  for (const name of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (name.isFile())
      expect(readFileSync(join(name.parentPath, name.name), 'latin1')).not.toContain(secret);
});

test('a board that is left for a worker that does not come is off and free once the run is killed', async ({}, info) => {
  test.setTimeout(600_000);
  const directory = info.outputPath('run');
  await using lab = await startVirtualLab({ directory: info.outputPath('lab') });
  const powered = (): boolean => lab.boards.some((board) => board.powered);
  const reservation = new LocalReservation(loadLab(lab.labFile).stateDirectory);
  const holder = (): Promise<unknown> => reservation.holderOf('zcu102-virtual');
  // The last test of the run fails; what comes then needs no board.
  const run = startRun(directory, 'dom0: the second|idle:', {
    config: 'tests/framework/physical/worker-end/playwright.config.ts',
    env: { CROSSPAGE_LAB: lab.labFile },
  });
  const end = finishRun(run);
  const idle = join(directory, 'idle');
  await expect.poll(() => existsSync(idle), { timeout: 500_000 }).toBe(true);
  expect(powered()).toBe(true);
  expect(await holder()).toBeDefined();

  run.kill('SIGKILL');

  await end;
  await expect.poll(powered, { timeout: 60_000 }).toBe(false);
  await expect.poll(holder, { timeout: 60_000 }).toBeUndefined();
});
