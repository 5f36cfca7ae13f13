// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { OffTime } from '../../../lib/power/off-time.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { failureOf } from '../images/failure-of.ts';
import { optionsFor, patient, Relay, switchOf, TestClock } from './switches.ts';

test('a board that was just turned off has its whole off-time before it', ({}, info) => {
  const clock = new TestClock();
  const path = info.outputPath('off/board.json');
  new OffTime(path, clock).note('off');
  clock.ms += 400;
  const another = new OffTime(path, clock);

  expect(another.leftMs(3000, 'off')).toBe(2600);
  expect(another.leftMs(3000, 'unknown')).toBe(2600);
  clock.ms += 5000;
  expect(another.leftMs(3000, 'off')).toBe(0);
});

test('a board that is on need not have been off', ({}, info) => {
  const off = new OffTime(info.outputPath('board.json'), new TestClock());
  off.note('off');

  expect(off.leftMs(3000, 'on')).toBe(0);
});

test('a board that somebody else turned off gets the whole time', ({}, info) => {
  const off = new OffTime(info.outputPath('board.json'), new TestClock());
  off.note('on');

  expect(off.leftMs(3000, 'off')).toBe(3000);
  expect(off.leftMs(3000, 'unknown')).toBe(0);
});

test('nothing is known of a board that was never switched, or of a spoilt file', ({}, info) => {
  const path = info.outputPath('board.json');
  const off = new OffTime(path, new TestClock());

  expect(off.leftMs(3000, 'unknown')).toBe(3000);
  writeFileSync(path, '{"state":"off","boot":');
  expect(off.leftMs(3000, 'unknown')).toBe(3000);
});

test('after an off that was cut short, the whole time is waited', ({}, info) => {
  const clock = new TestClock();
  const off = new OffTime(info.outputPath('board.json'), clock);
  off.note('going-off');
  clock.ms += 60_000;

  expect(off.leftMs(3000, 'unknown')).toBe(3000);
});

test('after a boot of this machine, only the time since then counts', ({}, info) => {
  const clock = new TestClock();
  const off = new OffTime(info.outputPath('board.json'), clock);
  off.note('off');
  clock.bootName = 'second';
  clock.ms = 1000;

  expect(off.leftMs(3000, 'off')).toBe(2000);
  clock.ms = 900_000;
  expect(off.leftMs(3000, 'off')).toBe(0);
});

test('a clock that went backwards never makes the wait longer than it is', ({}, info) => {
  const clock = new TestClock();
  const off = new OffTime(info.outputPath('board.json'), clock);
  off.note('off');
  clock.ms -= 500_000;

  expect(off.leftMs(3000, 'off')).toBe(3000);
});

test('on waits until the board was off for long enough, in another run too', async ({}, info) => {
  const relay = new Relay(info);
  const spec = relay.spec({ minOffMs: 250 });
  await switchOf(info, spec).off(patient());
  const offAt = performance.now();
  const seen: string[] = [];
  const on = switchOf(info, spec).on(patient());
  const look = setInterval(() => seen.push(relay.state), 20);
  await on;
  clearInterval(look);

  expect(relay.state).toBe('on');
  // The wait is what is asked for, not how long it took.
  expect(performance.now() - offAt).toBeGreaterThanOrEqual(240);
  expect(seen[0]).toBe('off');
});

test('on that cannot wait for so long says so at once, and switches nothing', async ({}, info) => {
  const relay = new Relay(info);
  const clock = new TestClock();
  const power = switchOf(info, relay.spec({ minOffMs: 60_000 }), optionsFor(info, clock));
  await power.off(patient());
  clock.ms += 1000;
  const error = await failureOf(() => power.on(Deadline.after(5000)));

  expect(error.fault).toBe('environment');
  expect(error.story.what).toMatch(
    /^has to stay off for another 59000 ms, but only \d+ ms are left$/,
  );
  expect(error.story.remedy).toBe(
    'give the stage power a larger budget in the lab file, or a smaller minOffMs',
  );
  expect(relay.state).toBe('off');
});

test('two processes of one board switch one after the other', async ({}, info) => {
  const relay = new Relay(info, 'sleep 0.1; echo "$1" >"$state"');
  const spec = relay.blindSpec();
  const [one, other] = [switchOf(info, spec), switchOf(info, spec)];
  await Promise.all([one.off(patient()), other.off(patient())]);

  expect(relay.asked).toEqual(['off', 'off']);
});
