// SPDX-License-Identifier: Apache-2.0
// When a board that was turned on is told to be without power. The switch is a mock.
import { expect, test } from '@playwright/test';
import { BoardFault, HostFault } from '../../../lib/physical/blame.ts';
import { PowerWatch } from '../../../lib/physical/power-watch.ts';
import type { PowerState, PowerSwitch } from '../../../lib/power/power-switch.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';
import { talkingMachine, type TalkingMachine } from '../boot/talking-machine.ts';

interface Watched extends TalkingMachine {
  readonly watch: PowerWatch;
  readonly asked: () => number;
}

function watched(directory: string, state: () => PowerState): Watched {
  let count = 0;
  const power: PowerSwitch = {
    who: 'board, power',
    on: () => Promise.resolve(),
    off: () => Promise.resolve(),
    state: () => {
      count++;
      return Promise.resolve(state());
    },
  };
  const talking = talkingMachine(directory);
  const watch = new PowerWatch('board', power, talking.machine.console, 50);
  return { ...talking, watch, asked: () => count };
}

const doomOf = ({ machine }: TalkingMachine): Promise<Error> =>
  new Promise((resolve) => machine.fate.onDoom(resolve));

test('power that goes while the console is silent ends the machine', async ({}, { outputDir }) => {
  let state: PowerState = 'on';
  const one = watched(outputDir, () => state);
  one.print('U-Boot 20');
  one.watch.begin();
  await expect.poll(one.asked).toBeGreaterThan(1);
  expect(one.machine.fate.error).toBeUndefined();
  state = 'off';
  const error = await doomOf(one);

  expect(error).toBeInstanceOf(BoardFault);
  expect(error.message).toMatch(/^board: is without power, .*\n {2}last seen: 1: U-Boot 20/);
});

test('a switch that cannot be read back is not asked again', async ({}, { outputDir }) => {
  const one = watched(outputDir, () => 'unknown');
  const other = watched(outputDir, () => 'on');
  one.watch.begin();
  other.watch.begin();
  await expect.poll(other.asked).toBeGreaterThan(3);
  await other.watch[Symbol.asyncDispose]();

  expect(one.asked()).toBe(1);
  expect(one.machine.fate.error).toBeUndefined();
});

test('a board that is turned off on purpose has lost nothing', async ({}, { outputDir }) => {
  const one = watched(outputDir, () => 'off');
  const error = new BoardFault({ who: 'board', what: 'no prompt' });
  expect(await one.watch.explain(error), 'not turned on yet').toBe(error);
  one.watch.begin();
  await one.watch[Symbol.asyncDispose]();
  await one.watch.look();

  expect(await one.watch.explain(error)).toBe(error);
  expect(one.machine.fate.error).toBeUndefined();
});

test('a stage that failed is told by lost power, if it is the board’s fault', async ({}, {
  outputDir,
}) => {
  const { watch } = watched(outputDir, () => 'off');
  watch.begin();
  const reached = 'power 9 ms, in the stage load at 80 ms';
  const told = await watch.explain(new BoardFault({ who: 'board', what: 'no prompt', reached }));
  expect(told).toBeInstanceOf(BoardFault);
  expect((told as Error).message).toContain(`is without power, which this run did not turn off
  reached: ${reached}`);

  for (const error of [
    new HostFault({ who: 'board', what: 'its station has ended' }),
    new EnvironmentError({ who: 'tftp', what: 'there is no directory' }),
    new Error('nobody’s'),
  ])
    expect(await watch.explain(error)).toBe(error);
});

test('one wrong reading ends no machine', async ({}, { outputDir }) => {
  const states: PowerState[] = ['on', 'off', 'on', 'on'];
  const one = watched(outputDir, () => states.shift() ?? 'on');
  one.watch.begin();
  await expect.poll(one.asked).toBeGreaterThan(4);
  await one.watch[Symbol.asyncDispose]();

  expect(one.machine.fate.error).toBeUndefined();
});
