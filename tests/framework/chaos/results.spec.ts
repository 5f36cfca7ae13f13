// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { Results } from '../../../lib/chaos/results.ts';
import { scenariosOf } from '../../../lib/chaos/scenarios.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';

test('results are in their file after each scenario and each boot', ({}, testInfo) => {
  const file = testInfo.outputPath('some/chaos.json');
  const results = new Results(file);
  const kept = (): unknown => JSON.parse(readFileSync(file, 'utf8'));
  const [scenario] = scenariosOf(['power-stuck']);
  if (scenario === undefined) throw new Error('there is no such scenario');
  const seen = {
    outcome: 'environment',
    text: 'power-stuck',
    attempts: 3,
    health: 'unknown',
    left: undefined,
    tookMs: 9,
  } as const;

  results.addScenario({ scenario, seen, wrong: ['came out otherwise'], evidence: '/evidence' });
  expect(kept()).toMatchObject({
    schemaVersion: 1,
    scenarios: [{ name: 'power-stuck', ok: false, wrong: ['came out otherwise'], attempts: 3 }],
    boots: [],
  });

  const boot = {
    stages: new Map([['power', 5]]),
    tookMs: 50,
    failedAttempts: [],
    error: undefined,
  };
  results.addBoot({ ...boot, number: 1 });
  results.addBoot({ ...boot, number: 2, failedAttempts: ['no prompt'] });
  expect(kept()).toMatchObject({
    stages: [{ stage: 'power', medianMs: 5, maxMs: 5 }, { stage: 'boot and test' }],
    boots: [{ number: 1, stages: { power: 5 } }, { failedAttempts: ['no prompt'] }],
  });
  expect([results.wrong, results.unexplained]).toEqual([1, 1]);
});

test('a file that cannot be written is the machine’s fault', ({}, testInfo) => {
  const file = `${testInfo.outputPath('is-a-file')}/chaos.json`;
  new Results(testInfo.outputPath('is-a-file')).addBoot({
    number: 1,
    stages: new Map(),
    tookMs: 1,
    failedAttempts: [],
    error: undefined,
  });
  const results = new Results(file);
  const boot = { number: 1, stages: new Map(), tookMs: 1, failedAttempts: [], error: undefined };

  expect(() => {
    results.addBoot(boot);
  }).toThrow(EnvironmentError);
});
