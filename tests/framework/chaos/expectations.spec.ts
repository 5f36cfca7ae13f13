// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { figures } from '../../../lib/chaos/boots.ts';
import { describe, judge } from '../../../lib/chaos/judge.ts';
import type { Observed } from '../../../lib/chaos/run-scenario.ts';
import type { Expected } from '../../../lib/chaos/scenario.ts';
import { scenarios, scenariosOf } from '../../../lib/chaos/scenarios.ts';
import { projectRoot } from '../../../lib/images/places.ts';

const expected: Expected = {
  outcomes: ['environment'],
  stage: 'load',
  attempts: 3,
  health: 'unknown',
  says: [/did not load/],
};
const seen: Observed = {
  outcome: 'environment',
  text: 'a: U-Boot did not load xen\n  reached: power 1 ms, in the stage load at 9 ms',
  attempts: 3,
  health: 'unknown',
  left: undefined,
  tookMs: 1,
};

test('what is as expected is right, and each thing that is not is told', () => {
  expect(judge(expected, seen)).toEqual([]);
  expect(judge(expected, { ...seen, outcome: 'subject' })).toEqual(['came out as subject']);
  expect(judge(expected, { ...seen, text: 'a: lost' })).toEqual([
    'does not say that it was in the stage load',
    'does not say /did not load/',
  ]);
  expect(judge(expected, { ...seen, attempts: 1, health: 'good', left: 'it is on' })).toEqual([
    'took 1 attempts instead of 3',
    'left the board good',
    'it is on',
  ]);
  const passed = { ...seen, outcome: 'passes', text: '', attempts: 1 } as const;
  expect(judge(expected, passed)).toEqual(['came out as passes', 'took 1 attempts instead of 3']);
  const any: Expected = { outcomes: ['passes', 'environment'], attempts: [1, 3] };
  expect(judge(any, { ...passed, health: 'good' })).toEqual([]);
});

test('an expectation is told in a few words', () => {
  expect(describe(expected)).toBe('environment in load, 3 attempts, then unknown');
  const any: Expected = { outcomes: ['passes', 'environment'], health: ['good', 'unknown'] };
  expect(describe({ ...any, attempts: [1, 3] })).toBe(
    'passes or environment, 1 to 3 attempts, then good or unknown',
  );
  expect(describe({ outcomes: ['blocked'] })).toBe('blocked, then good');
});

test('no name begins another’s, and a name that none has is refused', () => {
  const names = scenarios.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(scenariosOf(['power-']).length).toBeGreaterThan(3);
  expect(scenariosOf([])).toBe(scenarios);
  expect(() => scenariosOf(['tofu'])).toThrow(/--only tofu: no scenario has a name/);
});

test('every fault of the virtual lab is injected by some scenario', () => {
  const text = JSON.stringify(scenarios);
  const source = readFileSync(join(projectRoot, 'lib/virtual-lab/faults.ts'), 'utf8');
  const words = [...source.matchAll(/z\s*\.enum\(\[([^\]]*)\]\)|z\.literal\(([^)]*)\)/g)].flatMap(
    ([, several, one]) => (several ?? one ?? '').split(',').map((word) => word.trim()),
  );
  const keys = [...source.matchAll(/^ {2}(\w+): (?:noise|z|rate)/gm)].map(
    ([, key]) => `"${key ?? ''}"`,
  );
  expect(words).toContain("'half-open'");
  expect(keys).toContain('"missesAutoboot"');
  // What they are made of, and not faults of their own.
  const parts = ['"at"', '"text"', '"times"', '"do"'];
  const missing = [...words.map((word) => word.replaceAll("'", '"')), ...keys].filter(
    (word) => word !== '""' && !parts.includes(word) && !text.includes(word),
  );
  expect(missing).toEqual([]);
});

test('the README has the table of all scenarios', () => {
  const readme = readFileSync(join(projectRoot, 'lib/chaos/README.md'), 'utf8');
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows.map(([, name, what, then]) => [name, what, then])).toEqual(
    scenarios.map(({ name, what, expected: wanted }) => [`\`${name}\``, what, describe(wanted)]),
  );
});

test('figures are of the boots that came up', () => {
  const well = { failedAttempts: [], error: undefined };
  const boots = [30, 10, 20].map((ms, index) => ({
    ...well,
    number: index + 1,
    stages: new Map([['power', ms]]),
    tookMs: ms * 10,
  }));
  const bad = { ...well, number: 4, stages: new Map(), tookMs: 9999, error: 'no prompt' };

  expect(figures([...boots, bad])).toEqual([
    { stage: 'power', medianMs: 20, maxMs: 30 },
    { stage: 'boot and test', medianMs: 200, maxMs: 300 },
  ]);
});
