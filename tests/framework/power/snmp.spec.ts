// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from '@playwright/test';
import { Deadline } from '../../../lib/support/deadline.ts';
import { failureOf } from '../images/failure-of.ts';
import { patient, secretValue, switchOf } from './switches.ts';
import { SnmpAgent } from './snmp-agent.ts';

const outlet = '1.3.6.1.4.1.318.1.1.4.4.2.1.3';

const specOf = (port: number) =>
  ({
    kind: 'snmp',
    host: '127.0.0.1',
    port,
    community: { env: 'PDU_TOKEN' },
    oid: `${outlet}.0`,
    on: 1,
    off: 2,
    minOffMs: 1,
    confirmMs: 80,
  }) as const;

for (const version of ['1', '2c'] as const) {
  test(`an agent turns power on and off by SNMP ${version}, and is read back`, async ({}, info) => {
    await using agent = await SnmpAgent.start(outlet, secretValue, 2);
    const power = switchOf(info, { ...specOf(agent.port), version });
    await power.on(patient());

    expect(agent.value).toBe(1);
    expect(await power.state(patient())).toBe('on');
    await power.off(patient());
    expect(agent.value).toBe(2);
    expect(await power.state(patient())).toBe('off');
  });
}

test('what is read back may have other values than what is set', async ({}, info) => {
  await using agent = await SnmpAgent.start(outlet, secretValue, 7);
  const power = switchOf(info, { ...specOf(agent.port), state: { on: 7, off: 8 } });

  expect(await power.state(patient())).toBe('on');
  const error = await failureOf(() => power.off(patient()));
  expect(error.story.what).toBe('was turned off, but reads back neither on nor off');
  expect(error.story.lastSeen).toBe(`${outlet}.0 = 2`);
});

test('an object that is not there is named as refused', async ({}, info) => {
  await using agent = await SnmpAgent.start(outlet, secretValue, 2);
  const power = switchOf(info, { ...specOf(agent.port), oid: '1.3.6.1.4.1.9.9.0' });
  const error = await failureOf(() => power.off(patient()));

  expect(error.fault).toBe('environment');
  expect(error.story.what).toMatch(/^SNMP 127\.0\.0\.1:\d+ (refused|gave no good answer): /);
});

test('a community that the agent does not know is not in the error', async ({}, info) => {
  await using agent = await SnmpAgent.start(outlet, 'another', 2);
  const power = switchOf(info, specOf(agent.port));
  const error = await failureOf(() => power.off(Deadline.after(400)));

  expect(error.fault).toBe('environment');
  expect(error.message).not.toContain(secretValue);
  expect(agent.value).toBe(2);
});

test('an agent that does not answer is given up at the deadline', async ({}, info) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const power = switchOf(info, specOf(silent.address().port));
  const error = await failureOf(() => power.off(Deadline.after(300)));
  silent.close();

  expect(error.story.what).toMatch(
    /(did not answer in time|gave no good answer: Request timed out)$/,
  );
  expect(error.story.remedy).toContain('see that the outlet strip is up');
});
