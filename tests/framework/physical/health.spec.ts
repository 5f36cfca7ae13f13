// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { BoardHealth } from '../../../lib/physical/health.ts';
import { HeldLine } from '../../../lib/serial/reopening-line.ts';
import { BlockedError } from '../../../lib/support/errors.ts';

const never = (): Promise<void> => Promise.reject(new Error('was checked'));
const well = (): Promise<void> => Promise.resolve();
const ill = (): Promise<void> => Promise.reject(new Error('no prompt'));

test('a board of which nothing bad is known is not checked', async ({}, testInfo) => {
  const health = new BoardHealth('a', testInfo.outputPath('state'), 'run-1');

  await health.admit(never);
  await health.mark('good', '');
  await health.admit(never);
});

test('a board is checked after a fault of the lab, in another process too, and once', async ({}, testInfo) => {
  const state = testInfo.outputPath('state');
  await new BoardHealth('a', state, 'run-1').mark('unknown', 'TFTP stalled');
  const later = new BoardHealth('a', state, 'run-1');

  await expect(later.admit(never)).rejects.toBeInstanceOf(BlockedError);
  await new BoardHealth('a', state, 'run-2').admit(well);
  await new BoardHealth('a', state, 'run-2').admit(never);
});

test('what kept a board from being checked says nothing of it', async ({}, testInfo) => {
  const health = new BoardHealth('a', testInfo.outputPath('state'), 'run-1');
  await health.mark('unknown', 'TFTP stalled');
  const held = new HeldLine({ who: 'a', what: 'is held by somebody' });

  await expect(health.admit(() => Promise.reject(held))).rejects.toBe(held);
  await health.admit(well);
  await health.admit(never);
});

test('after a check that failed the rest of the run is blocked unchecked, and tells the first cause', async ({}, testInfo) => {
  const state = testInfo.outputPath('state');
  await new BoardHealth('a', state, 'run-1').mark('unknown', 'TFTP stalled');
  const health = new BoardHealth('a', state, 'run-1');

  await expect(health.admit(ill)).rejects.toThrow(
    /^a: is not to be trusted since a fault of the lab at .*\n {2}last seen: TFTP stalled\n/,
  );
  let checks = 0;
  const count = (): Promise<void> => {
    checks++;
    return well();
  };
  await expect(health.admit(count)).rejects.toThrow(/last seen: no prompt/);
  expect(checks).toBe(0);
  await new BoardHealth('a', state, 'run-2').admit(count);
  expect(checks).toBe(1);
});
