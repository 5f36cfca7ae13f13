// SPDX-License-Identifier: Apache-2.0
// Nothing came back from dom0 by SSH: who is to blame, on a console that says what the test wants.
import { expect, test } from '@playwright/test';
import { SshError, type SshFailure } from '../../../lib/boards/ssh-errors.ts';
import { explainSilence } from '../../../lib/boot/dom0-silence.ts';
import { EnvironmentError, SubjectError } from '../../../lib/support/errors.ts';
import { talkingMachine } from './talking-machine.ts';

const answerMs = 50;
const failed = (failure: SshFailure): SshError =>
  new SshError(failure, { who: 'board dom0', what: 'no channel within 10000 ms' });

test('a Xen that answers makes it the way to dom0', async ({}, { outputDir }) => {
  const { machine, typed } = talkingMachine(outputDir, { xenAnswers: true });
  const error = failed('channel');

  expect(await explainSilence('board dom0', machine, error, answerMs)).toBe(error);
  expect(typed).toEqual(['q', 'e', 'd', 'e']);
});

test('a key that is lost is pressed again', async ({}, { outputDir }) => {
  const { machine, typed } = talkingMachine(outputDir, { xenAnswers: true, loses: 1 });
  const error = failed('late');

  expect(await explainSilence('board dom0', machine, error, answerMs)).toBe(error);
  expect(typed).toEqual(['q', 'q', 'e', 'd', 'e']);
});

test('a Xen that does not answer either is what hangs', async ({}, { outputDir }) => {
  const { machine, print } = talkingMachine(outputDir);
  print('dom0 says its last word\n');
  const error = failed('late');
  const told = await explainSilence('board dom0', machine, error, answerMs);

  expect(told).toBeInstanceOf(SubjectError);
  expect((told as SubjectError).message).toMatch(
    /^board dom0: Xen hangs: .*\n {2}reached: no channel within 10000 ms\n {2}last seen: 1: dom0 says/,
  );
  expect((told as SubjectError).cause).toBe(error);
});

test('a line that is known to be bad is no verdict on Xen', async ({}, { outputDir }) => {
  const examineLine = (): EnvironmentError =>
    new EnvironmentError({ who: 'board', what: 'its line loses what is said on it' });
  const { machine } = talkingMachine(outputDir, { examineLine });
  const told = await explainSilence('board dom0', machine, failed('late'), answerMs);

  expect(told).toBeInstanceOf(EnvironmentError);
  expect((told as EnvironmentError).message).toContain('so no verdict on this: Xen hangs');
});

test('what a silent machine does not look like is told as it is', async ({}, { outputDir }) => {
  const { machine, typed } = talkingMachine(outputDir);
  const errors = [failed('authentication'), failed('file'), new Error('no SSH at all')];
  for (const error of errors)
    expect(await explainSilence('board dom0', machine, error, answerMs)).toBe(error);

  expect(typed).toEqual([]);
});
