// SPDX-License-Identifier: Apache-2.0
// A run that `npm run bench` starts and times.
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

const run = process.env['CROSSPAGE_BENCH_RUN'] ?? 'reports/bench';

export default defineConfig<object, { boardName: string }>({
  testDir: '.',
  fullyParallel: true,
  outputDir: join(run, 'qemu-virt'),
  preserveOutput: 'always',
  reporter: [['../../lib/report/reporter.ts', { runDirectory: run }]],
  projects: [{ name: 'qemu-virt', use: { boardName: 'qemu-virt' } }],
});
