// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { Deadline, pause } from '../../../lib/support/deadline.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';
import { Fate } from '../../../lib/support/fate.ts';

test('every wait ends with the first cause', async () => {
  const fate = new Fate();
  const waits = [
    fate.guard(new Promise(() => undefined)),
    fate.guard(new Promise(() => undefined)),
  ];

  fate.doom(new Error('first'));
  fate.doom(new Error('second'));

  for (const wait of waits) await expect(wait).rejects.toThrow('first');
  await expect(fate.guard(Promise.resolve(1))).rejects.toThrow('first');
});

test('what is done before the end stays done', async () => {
  const fate = new Fate();
  const done = fate.guard(Promise.resolve(7));

  expect(await done).toBe(7);
  fate.doom(new Error('late'));
  expect(await done).toBe(7);
});

test('a deadline that passes rejects with the error that tells why', async () => {
  const late = new Error('too late');

  await expect(Deadline.after(1).bound(new Promise(() => undefined), () => late)).rejects.toBe(
    late,
  );
});

test('a deadline within another never ends after it', async () => {
  const outer = Deadline.after(5);
  const inner = outer.within(1000);
  await pause(10);

  expect(outer.passed).toBe(true);
  expect(inner.passed).toBe(true);
  expect(inner.leftMs).toBe(0);
});

test('an error tells its story in lines, without those that are not known', () => {
  const error = new EnvironmentError({
    who: 'qemu-virt',
    what: 'QEMU ended by itself',
    lastSeen: 'one\ntwo',
    remedy: 'look',
  });

  expect(error.message).toBe(
    'qemu-virt: QEMU ended by itself\n  last seen: one\n    two\n  to do: look',
  );
  expect([error.name, error.fault]).toEqual(['EnvironmentError', 'environment']);
});
