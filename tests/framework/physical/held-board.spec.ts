// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { LocalReservation } from '../../../lib/lab/index.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { finishRun, read, startRun } from '../runner/run.ts';

test('a board that another holds is waited for outside the time of a test, which is blocked then', async ({}, info) => {
  test.setTimeout(180_000);
  const directory = info.outputPath('run');
  const labFile = info.outputPath('lab.yaml');
  const board = {
    type: 'zcu102-virtual',
    // Nobody listens there: it is not had.
    consoles: { main: { kind: 'tcp', host: '127.0.0.1', port: 9 } },
    power: { kind: 'command', on: ['false'], off: ['false'] },
    network: { board: '192.0.2.2', server: '192.0.2.1' },
    tftp: { directory: info.outputDir },
  };
  const stateDirectory = info.outputPath('state');
  writeFileSync(labFile, JSON.stringify({ stateDirectory, boards: { board } }));
  const lease = await new LocalReservation(stateDirectory).acquire(
    { boards: ['board'] },
    { purpose: 'the soak of the weekend', deadline: Deadline.after(0) },
  );

  const end = await finishRun(
    startRun(directory, 'held:', {
      config: 'tests/framework/physical/worker-end/playwright.config.ts',
      env: { CROSSPAGE_LAB: labFile, CROSSPAGE_BOARD_WAIT: '5' },
    }),
  );

  await lease.release();
  expect(end.output).toContain('1 blocked, 1 skipped');
  expect(end.output).toContain('the soak of the weekend');
  expect(end.output).not.toContain('exceeded');
  expect(end.code).toBe(4);
  const { tests } = JSON.parse(await read(directory, 'results.json')) as {
    tests: { outcome: string; skipReason?: string }[];
  };
  expect(tests.map(({ outcome }) => outcome)).toEqual(['blocked', 'skipped']);
});
