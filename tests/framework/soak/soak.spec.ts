// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Board } from '../../../lib/boards/board.ts';
import { soak } from '../../../lib/soak/soak.ts';
import { freshState, readState, type SoakState, writeState } from '../../../lib/soak/state.ts';
import { EnvironmentError, SubjectError } from '../../../lib/support/errors.ts';
import { boardWith } from '../boot/boards.ts';
import { failureOf } from '../images/failure-of.ts';

/** A board on which each boot fails with what `fail` gives, or boots when it gives nothing. */
function boardThat(fail: (boot: number) => Error | undefined): Board {
  const board = boardWith();
  let boots = 0;
  return {
    name: board.name,
    capabilities: board.capabilities,
    layout: board.layout,
    hypervisorCapabilities: (flavour) => board.hypervisorCapabilities(flavour),
    start: (order) => {
      const error = fail(++boots);
      return error === undefined ? board.start(order) : Promise.reject(error);
    },
  };
}

const run = (board: Board, count: number, directory: string, fresh = false): Promise<SoakState> =>
  soak({ board, count, workers: 1, directory, fresh, onBoot: () => undefined });

test('clean boots raise no alarm, and a soak that was interrupted goes on', async ({}, info) => {
  const directory = info.outputPath('soak');
  const first = await run(boardWith(), 1, directory);
  expect(first).toMatchObject({ boots: 1, alarms: [] });
  expect(first.records).toEqual({ received: 2, missing: 0, damaged: 0, repeated: 0, stale: 0 });

  const second = await run(boardWith(), 2, directory);
  expect(second).toMatchObject({ boots: 2, alarms: [], records: { received: 4 } });
  expect(second.busyMs).toBeGreaterThan(first.busyMs);
});

test('a failure is an alarm with its evidence kept, and the soak goes on', async ({}, info) => {
  const directory = info.outputPath('soak');
  const fault = new SubjectError({ who: 'board', what: 'Xen died' });
  const state = await run(
    boardThat((boot) => (boot === 1 ? fault : undefined)),
    2,
    directory,
  );

  expect(state).toMatchObject({ boots: 2, alarms: [{ boot: 1, message: 'board: Xen died' }] });
  expect(existsSync(join(directory, 'alarm-1'))).toBe(true);
  expect(readState(join(directory, 'state.json'))).toEqual(state);
});

test('what the environment lacks is no alarm: the soak ends and its state stays', async ({}, info) => {
  const directory = info.outputPath('soak');
  writeState(join(directory, 'state.json'), { ...freshState(), boots: 7 });
  const fault = new EnvironmentError({ who: 'QEMU', what: 'is gone' });
  const error = await failureOf(() =>
    run(
      boardThat(() => fault),
      9,
      directory,
    ),
  );

  expect(error.message).toBe('QEMU: is gone');
  expect(readState(join(directory, 'state.json'))).toMatchObject({ boots: 7, alarms: [] });
});

test('boots of another hypervisor are not counted together', async ({}, info) => {
  const directory = info.outputPath('soak');
  writeState(join(directory, 'state.json'), { ...freshState(), boots: 1, subject: 'other' });
  const error = await failureOf(() => run(boardWith(), 2, directory));

  expect(error.fault).toBe('misuse');
  expect(error.message).toContain('soak: what it boots has changed since it began');
  expect(await run(boardWith(), 1, directory, true)).toMatchObject({ boots: 1 });
});

test('a state that cannot be read or written is an error, and no soak begins anew', async ({}, info) => {
  const directory = info.outputPath('state.json');
  mkdirSync(directory, { recursive: true });
  for (const act of [
    () => readState(directory),
    () => {
      writeState(join(directory, '..', 'state.json'), freshState());
    },
  ]) {
    const error = await failureOf(act);
    expect(error.fault).toBe('environment');
    expect(error.message).toContain(directory);
  }
});

test('a state that is not whole is an error that says what to do', async ({}, info) => {
  const file = info.outputPath('state.json');
  writeFileSync(file, JSON.stringify(freshState()).slice(0, 20));
  const error = await failureOf(() => readState(file));

  expect(error.fault).toBe('environment');
  expect(error.message).toContain(`look at: ${file}`);
  expect(error.message).toContain('run it with --fresh to begin anew');
  expect(readFileSync(file, 'utf8')).toHaveLength(20);
});
