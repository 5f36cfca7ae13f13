// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { defineConfig, type Project } from '@playwright/test';
import { labProjects } from './lib/fixtures/lab-projects.ts';
import { runDirectory } from './lib/report/run-directory.ts';

const reports = join(import.meta.dirname, 'reports');
const run = runDirectory(reports);

/** The suite on a board. */
const suite: Project<object, { boardName: string }> = {
  testIgnore: ['framework/**', 'bench/**'],
};

export default defineConfig<object, { boardName: string }>({
  testDir: 'tests',
  fullyParallel: true,
  forbidOnly: process.env['CI'] !== undefined,
  // Nothing re-runs an assertion to make it green.
  retries: 0,
  workers: '100%',
  timeout: 60_000,
  preserveOutput: 'always',
  outputDir: run,
  reporter: [['./lib/report/reporter.ts', { runDirectory: run }]],
  projects: [
    {
      name: 'framework',
      testDir: 'tests/framework',
      outputDir: join(run, 'framework'),
    },
    {
      ...suite,
      name: 'qemu-virt',
      outputDir: join(run, 'qemu-virt'),
      use: { boardName: 'qemu-virt' },
    },
    ...labProjects(suite, (name) => join(run, name)),
  ],
});
