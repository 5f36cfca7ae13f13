// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { BootStages } from '../../../lib/physical/boot-stages.ts';
import { usualBudgets } from '../../../lib/physical/zynqmp.ts';
import { Deadline, pause } from '../../../lib/support/deadline.ts';
import { EnvironmentError, MisuseError, SubjectError } from '../../../lib/support/errors.ts';

const ample = (): Deadline => Deadline.after(60_000);

test('an error of a stage keeps its class and tells the stages that were reached', async () => {
  for (const Kind of [EnvironmentError, SubjectError]) {
    const stages = new BootStages(usualBudgets);
    await stages.run('power', ample(), () => Promise.resolve());
    const failing = stages.run('u-boot', ample(), () =>
      Promise.reject(new Kind({ who: 'a', what: 'no prompt', reached: 'a countdown' })),
    );

    await expect(failing).rejects.toThrow(
      /^a: no prompt\n {2}reached: power \d+ ms, in the stage u-boot at \d+ ms; there a countdown$/,
    );
    await expect(failing).rejects.toBeInstanceOf(Kind);
  }
});

test('a stage has its own budget, and never more than is left of the boot', async () => {
  const stages = new BootStages({ ...usualBudgets, load: 40 });

  await stages.run('load', ample(), (within) => {
    expect(within.budgetMs).toBeLessThanOrEqual(40);
    return Promise.resolve();
  });
  await stages.run('xen', Deadline.after(10), (within) => {
    expect(within.budgetMs).toBeLessThanOrEqual(10);
    return Promise.resolve();
  });
  expect([...stages.times.keys()]).toEqual(['load', 'xen']);
});

test('a stage that took most of its budget is told, one that had time is not', async () => {
  const stages = new BootStages({ ...usualBudgets, load: 5 });
  await stages.run('power', ample(), () => Promise.resolve());
  await stages.run('load', ample(), () => pause(20));

  expect(stages.tight).toEqual([expect.stringMatching(/^load \d+\.\d s of 0\.0 s$/)]);
});

test('a fault of the caller is told as it is', async () => {
  const stages = new BootStages(usualBudgets);
  const error = new MisuseError({ who: 'a', what: 'unknown' });

  await expect(stages.run('xen', ample(), () => Promise.reject(error))).rejects.toBe(error);
});
