// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { parseRounds, repeated } from '../../../lib/chaos/rounds.ts';
import { scenariosOf } from '../../../lib/chaos/scenarios.ts';
import { MisuseError } from '../../../lib/support/errors.ts';

test('rounds differ in what is left to chance alone', () => {
  const [before, during] = ['line-some-drop', 'line-in-test-drop'].flatMap((name) =>
    scenariosOf([name]),
  );
  if (before === undefined || during === undefined) throw new Error('a scenario is missing');
  const [first, second, ...later] = repeated([before, during], 3);

  expect([first, second]).toEqual([before, during]);
  expect(later.map(({ name }) => name)).toEqual([
    'line-some-drop.2',
    'line-in-test-drop.2',
    'line-some-drop.3',
    'line-in-test-drop.3',
  ]);
  const [again] = later;
  expect(again).toEqual({
    ...before,
    name: 'line-some-drop.2',
    faults: {
      toHost: { drop: 0.0005, seed: 1007 },
      toBoard: { drop: 0.0005, seed: 1011 },
    },
  });
  expect(later.at(-1)?.during?.[0]?.act).toEqual({
    faults: { toHost: { drop: 0.002, seed: 2001 }, toBoard: { drop: 0.002, seed: 2003 } },
  });
});

test('how often is a number from 1 on', () => {
  expect([parseRounds(undefined), parseRounds('10')]).toEqual([1, 10]);
  for (const wrong of ['0', '-1', '1.5', 'often', ''])
    expect(() => parseRounds(wrong), wrong).toThrow(MisuseError);
});
