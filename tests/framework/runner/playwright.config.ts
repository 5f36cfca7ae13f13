// SPDX-License-Identifier: Apache-2.0
// A run that the tests beside it start, interrupt and kill.
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

const run = process.env['CROSSPAGE_INNER_RUN'] ?? 'reports/inner';

export default defineConfig<object, { boardName: string }>({
  testDir: 'specs',
  testMatch: '*.ts',
  outputDir: join(run, 'qemu-virt'),
  preserveOutput: 'always',
  workers: 1,
  reporter: [['../../../lib/report/reporter.ts', { runDirectory: run }]],
  projects: [{ name: 'qemu-virt', use: { boardName: 'qemu-virt' } }],
});
