// SPDX-License-Identifier: Apache-2.0
// What becomes of a look at stage 2 that fails.
import { expect, test } from '@playwright/test';
import { planSystem } from '../../../lib/xen/plan.ts';
import { lookAtStage2 } from '../../../lib/trial/look-at-stage2.ts';
import { EnvironmentError, SubjectError } from '../../../lib/support/errors.ts';
import { boardWith } from '../boot/boards.ts';

const plan = planSystem({ domains: { one: { probe: 'memory' } } }, boardWith().layout);

const look = (error: Error, ended: boolean): ReturnType<typeof lookAtStage2> =>
  lookAtStage2(
    { plan, maps: () => Promise.reject(error), commonDevices: [], ended: () => ended },
    [],
  );

const subject = new SubjectError({ who: 'board', what: 'several domains run with VMID 3' });
const environment = new EnvironmentError({ who: 'board', what: 'no processor runs one' });

test('what is Xen’s fault is a fault of what is tried', async () => {
  expect(await look(subject, false)).toEqual([
    {
      id: undefined,
      fault: {
        assertion: 'stage 2 can be looked at',
        message: 'board: several domains run with VMID 3',
      },
    },
  ]);
});

test('what is no fault of Xen is no verdict', async () => {
  await expect(look(environment, false)).rejects.toBe(environment);
  const ours = new TypeError('undefined is not a function');
  await expect(look(ours, false)).rejects.toBe(ours);
});

test('of a domain that has ended it is told elsewhere', async () => {
  expect(await look(environment, true)).toEqual([]);
  expect(await look(subject, true)).toEqual([]);
});
