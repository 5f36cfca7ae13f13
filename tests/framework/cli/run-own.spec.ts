// SPDX-License-Identifier: Apache-2.0
// What is wrong with `crosspage run` of a user's own kernels is said before anything is booted.
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { radarAt, scriptOf, treeOf, write } from '../trial/own/configuration.ts';
import { runCli } from './run-cli.ts';

const files = {
  'host.dts': treeOf({ radar: { kernel: radarAt, size: 4096 } }),
  'boot.cmd': scriptOf({ 'radar.bin': radarAt }),
};

const cases = [
  {
    title: 'an expected line without a domain',
    options: ['--expect-line', 'ready'],
    says: /^--expect-line ready: is not DOMAIN=REGEX\n {2}to do: as in --expect-line "radar=/,
  },
  {
    title: 'an expected line of a domain that there is not',
    options: ['--expect-line', 'sonar=ready'],
    says: /names sonar, which is no domain whose kernel is booted\n {2}to do: there are: radar\n/,
  },
  {
    title: 'an expression that cannot be read',
    options: ['--expect-line', 'radar=login: ('],
    says: /^--expect-line radar=login: \(: Invalid regular expression/,
  },
  {
    title: 'a time that is none',
    options: ['--within', 'soon'],
    says: /^--within soon: is no number of seconds\n {2}to do: a number above 0/,
  },
  {
    title: 'a line that probes do not say',
    options: ['--expect-line', 'radar=ready', '--probe-kernels'],
    says: /^--expect-line: is about what the kernels of the configuration say, and --probe-kernels/,
  },
  {
    title: 'a kernel that is not there, with the line that loads it',
    options: [],
    says: /boot\.cmd:2:1: radar\.bin is not there: [^]* 2 \| tftpb 0x42000000 radar\.bin\n[^]*to do: put it into/,
  },
] as const;

for (const { title, options, says } of cases)
  test(`refused: ${title}`, async ({}, { outputDir }) => {
    const directory = write(join(outputDir, 'conf'), files);

    const { code, stdout, stderr } = await runCli(['run', '--config', directory, ...options]);

    expect(stderr).toMatch(says);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
