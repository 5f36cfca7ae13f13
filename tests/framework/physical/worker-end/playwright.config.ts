// SPDX-License-Identifier: Apache-2.0
// Runs on the boards of a lab: their workers end because a test fails, or another holds the board.
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { labProjects } from '../../../../lib/fixtures/lab-projects.ts';

const run = process.env['CROSSPAGE_INNER_RUN'] ?? 'reports/inner';

export default defineConfig<object, { boardName: string }>({
  testDir: 'specs',
  testMatch: '*.ts',
  preserveOutput: 'always',
  workers: 1,
  reporter: [['../../../../lib/report/reporter.ts', { runDirectory: run }]],
  projects: labProjects({}, (name) => join(run, name)),
});
