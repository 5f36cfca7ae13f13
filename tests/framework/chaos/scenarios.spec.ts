// SPDX-License-Identifier: Apache-2.0
// The quickest of the scenarios, and those that matter most; all of them: npm run chaos.
import { expect, test } from '@playwright/test';
import { chaos } from '../../../lib/chaos/chaos.ts';
import { scenariosOf } from '../../../lib/chaos/scenarios.ts';

const here = [
  'all-killed-in-test',
  'another-board',
  'board-held',
  'console-back-in-u-boot',
  'console-goes-in-test',
  'disk-full',
  'lease-taken-in-test',
  'port-held',
  'power-cut-in-test',
  'reset-in-load',
  'run-killed-in-test',
  'station-killed-in-test',
  'tftp-directory-away',
];

for (const name of here) {
  test(`${name} comes out as it has to`, async ({}, testInfo) => {
    test.setTimeout(300_000);
    const directory = testInfo.outputPath('chaos');
    const [judged, ...more] = await chaos({ scenarios: scenariosOf([name]), directory });

    expect(more).toEqual([]);
    expect(judged?.wrong, judged?.seen.text).toEqual([]);
  });
}
