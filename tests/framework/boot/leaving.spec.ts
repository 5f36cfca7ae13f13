// SPDX-License-Identifier: Apache-2.0
// When a machine may go on without the worker whose test has failed. Machines and probes are mocks.
import { expect, test } from '@playwright/test';
import type { RunningMachine } from '../../../lib/boards/board.ts';
import type { SshConnection } from '../../../lib/boards/ssh-connection.ts';
import { CommandError, SshError } from '../../../lib/boards/ssh-errors.ts';
import { Dom0 } from '../../../lib/boot/dom0.ts';
import { System } from '../../../lib/boot/system.ts';
import { ProbeClient } from '../../../lib/probe/client.ts';
import { Domain } from '../../../lib/probe/domain.ts';
import { Fate } from '../../../lib/support/fate.ts';
import { Inventory } from '../../../lib/toolstack/inventory.ts';
import { talkingMachine } from './talking-machine.ts';

type Parts<T extends abstract new (...args: never[]) => unknown> = ConstructorParameters<T>[0];

/** A domain whose probe answers with `reply`, or not at all. */
function domainThat(reply: string | undefined): Domain {
  const link = {
    request: () =>
      reply === undefined ? Promise.reject(new Error('late')) : Promise.resolve(reply),
    post: () => Promise.resolve(),
    window: () => Promise.resolve(Buffer.alloc(0)),
  };
  const plan = { name: 'owner', domid: 1, vcpus: 2 };
  const client = new ProbeClient(plan, 'board domain owner (d1)', link, () => 'console.log:1');
  return new Domain(plan as Parts<typeof Domain>, { client } as never, {} as never);
}

/** A system of one domain on a machine that may be left, unless `stays` is false. */
function systemOf(
  outputDir: string,
  domain: Domain,
  { stays = true } = {},
): { system: System; machine: RunningMachine; fate: Fate } {
  const { machine: talking } = talkingMachine(outputDir, { xenAnswers: true });
  const machine = { ...talking, ...(stays && { leave: () => Promise.resolve() }) };
  const fate = new Fate();
  const counter = { loss: { received: 1, damaged: 0, missing: 0, repeated: 0, stale: 0 } };
  const system = new System({
    machine,
    domains: new Map([['owner', domain]]),
    monitors: [{ domain: { name: 'owner' }, fate, counter }],
  } as unknown as Parts<typeof System>);
  return { system, machine, fate };
}

test('a system that is well goes on, whatever was written and read', async ({}, { outputDir }) => {
  const owner = domainThat('ok');
  const { system } = systemOf(outputDir, owner);
  for (const command of ['ping', 'fill 0x1 address 0x1', 'check 0x1', 'cache clean-poc 0x1'])
    await owner.client.run(command);

  expect(system.whyNotLeft).toBeUndefined();
});

for (const command of ['cpu-on 0x1', 'evtchn-bind 0xa', 'grant-map 0x1', 'spin 0x1'])
  test(`a probe that was told to ${command} knows what the next worker would not`, async ({}, {
    outputDir,
  }) => {
    const owner = domainThat('ok');
    const { system } = systemOf(outputDir, owner);
    await owner.client.run(command);

    expect(system.whyNotLeft).toBe('owner was asked for what lasts, or did not answer');
  });

test('a probe that owes an answer is not left', async ({}, { outputDir }) => {
  const owner = domainThat(undefined);
  const { system } = systemOf(outputDir, owner);
  await expect(owner.client.run('ping')).rejects.toThrow('late');

  expect(system.whyNotLeft).toBe('owner was asked for what lasts, or did not answer');
});

test('a domain that was told to end is missing', async ({}, { outputDir }) => {
  const owner = domainThat('ok');
  const { system } = systemOf(outputDir, owner);
  await owner.powerOff().catch(() => undefined);

  expect(system.whyNotLeft).toBe('owner was asked to end');
});

test('a death is the reason', ({}, { outputDir }) => {
  const { system, fate } = systemOf(outputDir, domainThat('ok'));
  fate.doom(new Error('its probe panicked'));

  expect(system.whyNotLeft).toBe('its probe panicked');
});

test('on QEMU nothing outlives a worker', ({}, { outputDir }) => {
  const { system } = systemOf(outputDir, domainThat('ok'), { stays: false });

  expect(system.whyNotLeft).toBe('nothing on its board outlives a worker');
});

/** A dom0 whose SSH says `said`, or fails with it. */
function dom0On(machine: RunningMachine, said: string | Error): Dom0 {
  const output = (): Promise<string> =>
    said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
  const ssh = { output, dispose: () => Promise.resolve() } as unknown as SshConnection;
  return new Dom0({ who: 'board dom0', machine, ssh } as Parts<typeof Dom0>);
}

test('a dom0 goes on if it answers and nothing died', async ({}, { outputDir }) => {
  const { machine } = systemOf(outputDir, domainThat('ok'));
  const silent = new SshError('channel', { who: 'board dom0', what: 'no channel' });

  expect(await dom0On(machine, '').whyNotLeft()).toBeUndefined();
  expect(await dom0On(machine, silent).whyNotLeft()).toContain('no channel');
  machine.fate.doom(new Error('Xen died'));
  expect(await dom0On(machine, '').whyNotLeft()).toBe('Xen died');
});

test('a dom0 in which a command may still be under way is not left', async ({}, { outputDir }) => {
  const { machine } = systemOf(outputDir, domainThat('ok'));
  const late = new SshError('late', { who: 'board dom0', what: 'is late' });
  const result = { stdout: '', stderr: '', code: 1, signal: undefined };
  const failing = dom0On(machine, new CommandError('board dom0', 'false', result));
  const slow = dom0On(machine, late);

  await expect(failing.output(['false'])).rejects.toThrow('exit code 1');
  await expect(slow.output(['xl', 'create', '/run/crosspage/a.cfg'])).rejects.toThrow('is late');

  expect(await failing.whyNotLeft()).toContain('`false` ended with exit code 1');
  expect(await slow.whyNotLeft()).toBe(
    'it is not known whether `xl create /run/crosspage/a.cfg` has ended in it',
  );
});

test('a dom0 is left with its memo, and its session ends', async ({}, { outputDir }) => {
  const { machine } = systemOf(outputDir, domainThat('ok'));
  const memos: unknown[] = [];
  const leave = (memo?: string): Promise<void> => {
    memos.push(memo);
    return Promise.resolve();
  };

  await dom0On({ ...machine, leave }, '').leave('7');

  expect(memos).toEqual(['7']);
});

test('domains that xl made, or that know something, keep a dom0 from being left', async () => {
  const there = new Inventory(7);
  const owner = domainThat('ok');
  there.addBooted([owner]);
  expect([there.whyNotLeft, there.latest]).toEqual([undefined, 7]);

  there.add(9);
  expect([there.whyNotLeft, there.latest]).toEqual(['domains are there: d9', 9]);
  there.domids.clear();
  await owner.client.run('cpu-on 0x1');
  expect(there.whyNotLeft).toBe('owner was asked for what lasts, or did not answer');
});
