// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import type { CommandOptions } from '../../../lib/boards/ssh-connection.ts';
import type { Dom0 } from '../../../lib/boot/dom0.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { SubjectError } from '../../../lib/support/errors.ts';
import { Fate } from '../../../lib/support/fate.ts';
import { MiB } from '../../../lib/support/units.ts';
import { type LinuxDomainParts, LinuxDomain } from '../../../lib/toolstack/linux-domain.ts';
import { planXlDomain } from '../../../lib/xen/xl-plan.ts';
import { Toolstack } from '../../../lib/toolstack/toolstack.ts';
import { youngest } from '../../../lib/toolstack/youngest.ts';

/** A fake of a dom0: says `said` to whatever is run, and notes how long that might have taken. */
function fakeDom0(said: (script: string) => string): { dom0: Dom0; budgets: number[] } {
  const budgets: number[] = [];
  const run = (argv: readonly string[], options: CommandOptions = {}) => {
    budgets.push(options.timeoutMs ?? 0);
    const stdout = said(argv[2] ?? '');
    return Promise.resolve({ stdout, stderr: '', code: 0, signal: undefined });
  };
  const transcript = { lines: [], files: { lines: 'console.log' }, onLine: () => undefined };
  const dom0 = {
    plan: { domains: [] },
    machine: { fate: new Fate(), console: { transcript } },
    run,
    output: async (argv: readonly string[]) => (await run(argv)).stdout,
  };
  return { dom0: dom0 as unknown as Dom0, budgets };
}

const parts = {
  who: 'fake domain one (d3)',
  plan: planXlDomain({ name: 'one', memory: MiB(32) }, 3, []),
  stage2: {} as LinuxDomainParts['stage2'],
  rebooted: (): void => undefined,
};

test('what is asked of xl may take as long as the test', async () => {
  const { dom0, budgets } = fakeDom0(() => '');
  const toolstack = await Toolstack.of({ board: 'fake', dom0, hostMemory: [] });
  toolstack.useUntil(Deadline.after(90_000));

  await toolstack.xlCreate({ name: 'one', kernel: '/probe', memory: MiB(32) });

  expect(budgets).toHaveLength(1);
  expect(budgets[0]).toBeGreaterThan(30_000);
  expect(budgets[0]).toBeLessThanOrEqual(90_000);
});

test('a Linux whose console tells of a panic is named by it, by a command and by its health', async () => {
  const panic = '/var/log/xen/console/guest-one.log:[ 9.1] Kernel panic - not syncing: why\r\n';
  const { dom0 } = fakeDom0((script) => (script.startsWith('grep') ? panic : ''));
  const destroyed = (): Promise<void> => Promise.resolve();
  const linux = new LinuxDomain({ ...parts, dom0, destroyed });
  const words = 'fake domain one (d3): its kernel died: Kernel panic - not syncing: why\n';

  for (const failing of [linux.checkHealth(), linux.output('true')]) {
    await expect(failing).rejects.toThrow(SubjectError);
    await expect(failing).rejects.toThrow(words);
  }
});

test('a Linux that does not answer is told with what dom0 knows of it', async () => {
  const account = 'xl list: one  3  96  1  -b----  2.0\nxl dmesg:\n(XEN) words\n';
  const { dom0 } = fakeDom0((script) => (script.startsWith('echo "xl list') ? account : ''));
  const destroyed = (): Promise<void> => Promise.resolve();
  const linux = new LinuxDomain({ ...parts, dom0, destroyed });

  await expect(linux.checkHealth()).resolves.toBeUndefined();
  await expect(linux.output('true', { timeoutMs: 5 })).rejects.toThrow(
    'fake domain one (d3): did not answer `true` within 5 ms\n' +
      '  last seen: xl list: one  3  96  1  -b----  2.0\n    xl dmesg:\n    (XEN) words\n' +
      '  look at: /var/log/xen/console/guest-one.log in dom0; dom0.log has it\n',
  );
});

test('the domain that was just created is the youngest, also when it is gone already', async () => {
  const asked: string[] = [];
  const log = (stdout: string) => (script: string) => {
    asked.push(script);
    return Promise.resolve({ stdout });
  };

  expect(await youngest('one', 'Parsing config\n0\n12\n9\n', 11, log('none'))).toBe(12);
  expect(asked).toEqual([]);
  // Never another one's, which would be destroyed in its place.
  expect(await youngest('one', '0\n11\n', 11, log('12\n'))).toBe(12);
  expect(asked[0]).toContain('/var/log/xen/xl-one.log');
  expect(await youngest('one', '0\n11\n', 11, log('\n'))).toBeUndefined();
});
