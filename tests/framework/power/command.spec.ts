// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { Deadline } from '../../../lib/support/deadline.ts';
import { failureOf } from '../images/failure-of.ts';
import { optionsFor, patient, Relay, secretValue, switchOf } from './switches.ts';

test('a command turns power on and off, and its state is read back', async ({}, info) => {
  const relay = new Relay(info);
  const power = switchOf(info, relay.spec());
  await power.on(patient());

  expect(relay.state).toBe('on');
  expect(await power.state(patient())).toBe('on');
  await power.off(patient());
  expect(relay.state).toBe('off');
  expect(await power.state(patient())).toBe('off');
});

test('arguments reach the program as they are: no shell reads them', async ({}, info) => {
  const relay = new Relay(info);
  const off = [relay.path, '$(id)', 'a b', '; reboot', '*'];
  await switchOf(info, relay.blindSpec({ off })).off(patient());

  expect(relay.asked).toEqual(['$(id) a b ; reboot *']);
});

test('a state that cannot be read back is unknown', async ({}, info) => {
  const power = switchOf(info, new Relay(info).blindSpec());
  await power.off(patient());

  expect(await power.state(patient())).toBe('unknown');
});

test('off of a relay that sticks is an error that says what is read back', async ({}, info) => {
  const relay = new Relay(info, 'exit 0');
  relay.state = 'on';
  const power = switchOf(info, relay.spec({ confirmMs: 60 }));
  const error = await failureOf(() => power.off(patient()));

  expect(error.fault).toBe('environment');
  expect(error.message.replaceAll(info.outputDir, 'DIR').replace(/\d+ times/, 'N times')).toBe(
    'board-a, power: was turned off, but reads back on\n' +
      '  reached: read back N times within 60 ms\n' +
      '  last seen: outlet 1: on\n' +
      '  to do: try by hand whether it switches: DIR/relay off',
  );
});

test('an outlet that reads back nonsense is told from one that sticks', async ({}, info) => {
  const relay = new Relay(info, 'echo offline >"$state"');
  const power = switchOf(info, relay.spec({ confirmMs: 60 }));
  const error = await failureOf(() => power.off(patient()));

  expect(error.story.what).toBe('was turned off, but reads back neither on nor off');
  expect(error.story.lastSeen).toBe('outlet 1: offline');
});

test('a relay that needs a moment is waited for', async ({}, info) => {
  const relay = new Relay(info, '(sleep 0.2; echo "$1" >"$state") >/dev/null 2>&1 &');
  relay.state = 'on';
  await switchOf(info, relay.spec()).off(patient());

  expect(relay.state).toBe('off');
});

test('a program that fails is told with its last words', async ({}, info) => {
  const relay = new Relay(info, 'echo "no such outlet" >&2; exit 4');
  const error = await failureOf(() => switchOf(info, relay.spec()).off(patient()));

  expect(error.fault).toBe('environment');
  expect(error.story).toMatchObject({
    who: 'board-a, power',
    what: `${relay.path} off ended with exit code 4`,
    lastSeen: 'no such outlet',
  });
});

test('a program that is missing is named', async ({}, info) => {
  const spec = { kind: 'command', on: ['no-such-relay'], off: ['no-such-relay', '1'] } as const;
  const error = await failureOf(() => switchOf(info, spec).off(patient()));

  expect(error.fault).toBe('environment');
  expect(error.story.what).toContain('no-such-relay could not be started');
  expect(error.story.remedy).toBe('install no-such-relay, or correct power in the lab file');
});

test('a program that hangs is ended by the deadline', async ({}, info) => {
  const relay = new Relay(info, 'echo switching; sleep 60');
  const error = await failureOf(() => switchOf(info, relay.spec()).off(Deadline.after(300)));

  expect(error.story.what).toBe(`${relay.path} off did not end in time`);
  expect(error.story.reached).toMatch(/^it ran for \d+ ms$/);
  expect(error.story.lastSeen).toBe('switching');
});

test('a secret goes to the program by its environment, and into no error', async ({}, info) => {
  const relay = new Relay(info, 'echo "login with $PASSWORD refused"; exit 1');
  const spec = relay.spec({ environment: { PASSWORD: { env: 'PDU_TOKEN' } } });
  const error = await failureOf(() => switchOf(info, spec).off(patient()));

  expect(error.story.lastSeen).toBe('login with [secret] refused');
  expect(error.message).not.toContain(secretValue);
});

test('a secret that is not set is named by its variable, before anything runs', async ({}, info) => {
  const relay = new Relay(info);
  const spec = relay.spec({ environment: { PASSWORD: { env: 'NOT_SET' } } });
  const error = await failureOf(() => switchOf(info, spec, optionsFor(info)).off(patient()));

  expect(error.story.what).toBe('needs a secret, but the variable NOT_SET is not set');
  expect(relay.state).toBe('');
});
