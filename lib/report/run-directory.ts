// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';

const variable = 'CROSSPAGE_RUN';

/** `20261124-141503-4242`: sorts by time, and two runs of one second differ. */
function newRunId(now: Date): string {
  const digits = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${digits}-${process.pid}`;
}

/**
 * The directory of this run under `reports`: chosen by the first process that asks, and handed to
 * Playwright's workers, which read the configuration again, by the environment.
 */
export function runDirectory(reports: string): string {
  process.env[variable] ??= newRunId(new Date());
  return join(reports, process.env[variable]);
}
