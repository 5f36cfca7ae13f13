// SPDX-License-Identifier: Apache-2.0
// What `run` tells of a configuration besides what it sees of it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { pairSource } from '../trial/trees.ts';
import { runCli } from './run-cli.ts';

test('a region over RAM works, and that lint has something against it is told', async ({}, {
  outputDir,
}) => {
  test.setTimeout(120_000);
  const [right, wrong] = [join(outputDir, 'right'), join(outputDir, 'wrong')];
  const overRam = { region: '0x60000000 0x41000000 0x1000' };
  for (const [directory, region] of [
    [right, {}],
    [wrong, overRam],
  ] as const) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'host.dts'), pairSource(region, region));
  }

  const told = await runCli(['run', '--config', wrong, '--probe-kernels']);
  const quiet = await runCli(['run', '--config', right, '--probe-kernels']);

  expect(told.stdout).toMatch(/^works {6}mailbox: /m);
  expect(told.stdout).toMatch(
    /^lint finds 2 errors in it \(guest-overlap\): npx crosspage lint --xen early-console .*\/wrong$/m,
  );
  expect(quiet.stdout).toMatch(/^works {6}mailbox: /m);
  expect(quiet.stdout).not.toContain('lint');
});
