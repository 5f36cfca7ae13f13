// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { measuredIn } from '../../../lib/report/mechanisms.ts';
import { sampleRun, testResult } from '../report/sample-run.ts';
import { runCli } from './run-cli.ts';

/** The directory of a run that found xen,reg of a domU mapped so. */
function runWith(directory: string, mapped: string): string {
  const properties = { flavour: ['debian'], mapped: [`xen,reg | domU | ${mapped}`] };
  const mechanisms = measuredIn([testResult({ properties })]);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'results.json'), JSON.stringify({ ...sampleRun, mechanisms }));
  return directory;
}

test('the table of mechanisms is printed, with what a run measured', async ({}, { outputDir }) => {
  const mapped = 'mmio_direct_dev: device-nGnRE, outer shareable, rw, no execute';
  const { code, stdout } = await runCli(['mechanisms', runWith(outputDir, mapped)]);

  expect(stdout).toMatch(/^xen,reg +domU +mmio_direct_dev: .*execute +as expected/m);
  expect(stdout).toMatch(/^xen,reg +dom0 +mmio_direct_c: .*no execute$/m);
  expect(code).toBe(0);
});

test('a run that measured something else ends with exit code 1', async ({}, { outputDir }) => {
  const { code, stdout } = await runCli(['mechanisms', runWith(outputDir, 'not mapped')]);

  expect(stdout).toMatch(/^xen,reg +domU .* differs: not mapped/m);
  expect(code).toBe(1);
});

test('what is no run is wrong use', async ({}, { outputDir }) => {
  const { code, stderr } = await runCli(['mechanisms', outputDir]);

  expect(stderr).toBe(
    `mechanisms ${outputDir}: has no results.json\n` +
      '  to do: name the directory of a run that has ended: reports/latest\n',
  );
  expect(code).toBe(2);
});
