// SPDX-License-Identifier: Apache-2.0
// A machine that an earlier worker has left: taken up, or given up with the reason. The board is a mock.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Board, RunningMachine } from '../../../lib/boards/board.ts';
import { resumeMachine } from '../../../lib/boot/resume.ts';
import { BlockedError, SubjectError } from '../../../lib/support/errors.ts';

/** A board whose machine was left, or of which `resume` says something else. */
function boardWith(resume: Board['resume']): Board {
  return { name: 'board', bootBudgetMs: 5000, ...(resume && { resume }) } as Board;
}

/** A machine that counts how often it was ended, and fails at that if `fault` says so. */
function leftMachine(fault?: Error): { resume: Board['resume']; ended: () => number } {
  let ended = 0;
  const dispose = (): Promise<void> => {
    ended += 1;
    return fault === undefined ? Promise.resolve() : Promise.reject(fault);
  };
  const machine = { dispose } as RunningMachine;
  return {
    resume: () => Promise.resolve({ machine, run: 'a55288bd', memo: '7' }),
    ended: () => ended,
  };
}

/** Options of a resumption into `evidence`, and the files that tell why there was none. */
function wants(evidence: string): {
  options: Parameters<typeof resumeMachine>[1];
  told: string[];
} {
  const told: string[] = [];
  return { options: { evidence, key: 'k', onNotResumed: (path) => told.push(path) }, told };
}

test('one that is well goes on, with all that was left word of', async ({}, info) => {
  const { resume, ended } = leftMachine();
  const evidence = info.outputPath('boot');
  const { options, told } = wants(evidence);

  const resumed = await resumeMachine(boardWith(resume), options, ({ run, memo }, deadline) =>
    Promise.resolve([run, memo, deadline.budgetMs]),
  );

  expect(resumed).toEqual(['a55288bd', '7', 5000]);
  expect([ended(), told, existsSync(evidence)]).toEqual([0, [], true]);
});

test('where none was left there is nothing to tell', async ({}, info) => {
  const evidence = info.outputPath('boot');
  const prove = (): Promise<string> => Promise.reject(new Error('nothing was left'));
  for (const board of [boardWith(undefined), boardWith(() => Promise.resolve(undefined))]) {
    const { options, told } = wants(evidence);
    expect(await resumeMachine(board, options, prove)).toBeUndefined();
    expect(told).toEqual([]);
  }
  expect(existsSync(`${evidence}-not-resumed`)).toBe(false);
});

test('one that is not well is ended, and the reason is put aside with its consoles', async ({}, info) => {
  const { resume, ended } = leftMachine(new Error('the switch does not answer'));
  const evidence = info.outputPath('boot');
  const { options, told } = wants(evidence);
  const aside = `${evidence}-not-resumed`;

  const resumed = await resumeMachine(boardWith(resume), options, (): Promise<string> => {
    writeFileSync(join(evidence, 'console.log'), 'last words\n');
    const where = join(evidence, 'console.log:1');
    return Promise.reject(new SubjectError({ who: 'board dom0', what: 'died', where }));
  });

  expect(resumed).toBeUndefined();
  expect(ended()).toBe(1);
  expect(existsSync(evidence)).toBe(false);
  expect(readFileSync(join(aside, 'console.log'), 'utf8')).toBe('last words\n');
  expect(told).toEqual([join(aside, 'why.txt')]);
  expect(readFileSync(join(aside, 'why.txt'), 'utf8')).toBe(
    'board is booted anew: what an earlier worker had left running did not go on.\n' +
      `board dom0: died\n  look at: ${aside}/console.log:1\n`,
  );
});

test('one that cannot be taken up is told as well', async ({}, info) => {
  const evidence = info.outputPath('boot');
  const { options, told } = wants(evidence);
  const board = boardWith(() => Promise.resolve({ lost: new Error('its capture is gone') }));

  expect(await resumeMachine(board, options, () => Promise.resolve('up'))).toBeUndefined();
  expect(told.map((path) => readFileSync(path, 'utf8'))).toEqual([
    expect.stringMatching(/^board is booted anew: .*\nits capture is gone\n$/),
  ]);
});

test('a board that is not to be had is no reason to boot it', async ({}, info) => {
  const { options, told } = wants(info.outputPath('boot'));
  const held = new BlockedError({ who: 'board', what: 'is parked' });
  const board = boardWith(() => Promise.reject(held));

  await expect(resumeMachine(board, options, () => Promise.resolve('up'))).rejects.toBe(held);
  expect(told).toEqual([]);
});

test('a reason that cannot be put aside is told with why', async ({}, info) => {
  const { resume, ended } = leftMachine();
  const evidence = info.outputPath('boot');
  const { options, told } = wants(evidence);
  // Another directory is in the way.
  mkdirSync(join(`${evidence}-not-resumed`, 'of-another'), { recursive: true });

  const failing = resumeMachine(boardWith(resume), options, (): Promise<string> =>
    Promise.reject(new SubjectError({ who: 'board dom0', what: 'died' })),
  );

  await expect(failing).rejects.toThrow(/ENOTEMPTY[^]*board dom0: died/);
  expect([ended(), told]).toEqual([1, []]);
});
