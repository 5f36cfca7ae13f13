// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OwnedProcess } from '../host/processes.ts';
import { EnvironmentError } from '../support/errors.ts';

/** A run of one hermetic test, many times, by the real runner (tests/bench). */
export interface RunnerLoad {
  readonly root: string;
  readonly workers: number;
  readonly count: number;
}

interface Timed {
  readonly tests: readonly {
    readonly outcome: string;
    readonly attempts: readonly { readonly startedAt: string; readonly durationMs: number }[];
  }[];
}

const config = 'tests/bench/playwright.config.ts';

/**
 * Hermetic tests per second: from the start of the first test to the end of the last, as the
 * runner's own results say, without the runner's own start.
 * @throws EnvironmentError when a test does not pass.
 */
export async function runnerPerSecond({ root, workers, count }: RunnerLoad): Promise<number> {
  const directory = join(root, 'reports', `bench-${randomBytes(4).toString('hex')}`);
  const cli = join(root, 'node_modules/@playwright/test/cli.js');
  try {
    await using runner = await OwnedProcess.start(
      process.execPath,
      [cli, 'test', '--config', join(root, config), '--workers', String(workers)],
      { env: { CROSSPAGE_BENCH_RUN: directory, CROSSPAGE_BENCH_TESTS: String(count) } },
    );
    runner.stdout.resume();
    const end = await runner.ended;
    if (end.code !== 0)
      throw new EnvironmentError({
        who: 'bench',
        what: 'the runner’s tests did not pass, so that their speed means nothing',
        lastSeen: runner.stderr.trim(),
        remedy: `run: npx playwright test --config ${config}`,
      });
    const results = JSON.parse(await readFile(join(directory, 'results.json'), 'utf8')) as Timed;
    const attempts = results.tests.flatMap((test) => test.attempts);
    const starts = attempts.map((attempt) => Date.parse(attempt.startedAt));
    const ends = attempts.map((attempt) => Date.parse(attempt.startedAt) + attempt.durationMs);
    return (1000 * attempts.length) / (Math.max(...ends) - Math.min(...starts));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
