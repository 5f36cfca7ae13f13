// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { endAfter, EnvironmentError, SubjectError } from '../../../lib/support/errors.ts';

const died = (): SubjectError =>
  new SubjectError({ who: 'board', what: 'Xen died', remedy: 'read its console' });

test('what fails as a failure is cleaned up is told with it, and does not take its place', async () => {
  const error = died();
  const off = new EnvironmentError({ who: 'board, power', what: 'is still on', reached: 'off' });

  const told = await endAfter(error, () => Promise.reject(off));

  expect(told).toBe(error);
  expect(error.fault).toBe('subject');
  expect(error.message).toBe(
    [
      'board: Xen died',
      '  to do: read its console',
      '  besides: board, power: is still on',
      '      reached: off',
    ].join('\n'),
  );
  expect(error.stack).toContain(
    `SubjectError: ${error.message}\n`.replace('SubjectError', 'Error'),
  );
});

test('of an end that went well nothing is said', async () => {
  const error = died();

  expect(await endAfter(error, () => Promise.resolve())).toBe(error);
  expect(error.message).not.toContain('besides');
});

test('an error that is not ours is told with the other', async () => {
  const [bug, off] = [new TypeError('x is undefined'), new Error('is still on')];

  const told = await endAfter(bug, () => Promise.reject(off));

  expect(told).toMatchObject({ errors: [bug, off], message: 'x is undefined\nis still on' });
});
