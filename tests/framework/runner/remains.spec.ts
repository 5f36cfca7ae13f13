// SPDX-License-Identifier: Apache-2.0
// Nothing is left of a run, however it ends.
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from '@playwright/test';
import { processesWith } from '../boot/boards.ts';
import { finishRun, read, startRun, untilRunning } from './run.ts';

test('after a pass and after a failure no QEMU is left', async ({}, { outputDir }) => {
  await finishRun(startRun(outputDir, 'passes|fails by what'));

  expect(await processesWith(outputDir)).toEqual([]);
});

test('after Ctrl-C no QEMU is left, and the report is written', async ({}, { outputDir }) => {
  const run = startRun(outputDir, 'runs for long');
  const end = finishRun(run);
  expect(await untilRunning(outputDir, 1)).toBe(true);

  run.kill('SIGINT');

  expect((await end).code).toBe(130);
  expect(await untilRunning(outputDir, 0)).toBe(true);
  expect(await read(outputDir, 'junit.xml')).toContain('runs for long');
});

test('after kill -9 of the runner no QEMU is left', async ({}, { outputDir }) => {
  const run = startRun(outputDir, 'runs for long');
  const end = finishRun(run);
  expect(await untilRunning(outputDir, 1)).toBe(true);

  run.kill('SIGKILL');

  expect((await end).signal).toBe('SIGKILL');
  expect(await untilRunning(outputDir, 0)).toBe(true);
});

test('a boot leaves no socket and no temporary file', async ({}, { outputDir }) => {
  const ours = (): string[] => readdirSync(tmpdir()).filter((name) => /crosspage|qemu/.test(name));
  const before = ours();

  await finishRun(startRun(outputDir, 'passes$'));

  expect(ours()).toEqual(before);
});
