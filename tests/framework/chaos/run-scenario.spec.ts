// SPDX-License-Identifier: Apache-2.0
// What is injected is taken away again, also where the lab does not do as it is told.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { ChaosLab } from '../../../lib/chaos/chaos-lab.ts';
import { runScenario } from '../../../lib/chaos/run-scenario.ts';
import type { Scenario } from '../../../lib/chaos/scenario.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';

const scenario: Scenario = {
  name: 'tftp-directory-away',
  what: 'the directory is away',
  before: 'tftp-directory-away',
  faults: { missesAutoboot: true },
  expected: { outcomes: ['passes'] },
};

test('what is wrong, and the run, end also where a fault cannot be set', async ({}, info) => {
  const directory = info.outputPath('lab');
  mkdirSync(join(directory, 'tftp'), { recursive: true });
  const told: string[] = [];
  const lab = {
    virtual: { directory },
    healthFile: join(directory, 'health.json'),
    startRun: () =>
      Promise.resolve({
        board: undefined,
        kill: () => {
          told.push('run killed');
          return Promise.resolve();
        },
      }),
    setFaults: (faults: object) => {
      const some = Object.keys(faults).join();
      told.push(`faults: ${some}`);
      const error = new EnvironmentError({ who: 'chaos', what: 'the virtual lab did not faults' });
      return some === '' ? Promise.resolve() : Promise.reject(error);
    },
  } as unknown as ChaosLab;

  await expect(runScenario(scenario, lab, info.outputPath('evidence'))).rejects.toThrow(
    'the virtual lab did not faults',
  );
  expect(told).toEqual(['faults: missesAutoboot', 'faults: ', 'run killed']);
  expect(existsSync(join(directory, 'tftp'))).toBe(true);
});
