// SPDX-License-Identifier: Apache-2.0
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { OwnedProcess } from '../host/processes.ts';
import { lastLines } from '../host/tools.ts';
import { type RunResult, runResultSchema } from '../report/model.ts';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';

/** A run of the ordinary suite on QEMU. */
export interface SuiteRun {
  /** The project's directory. */
  readonly root: string;
  /** Directory of this run's reports, below `reports`. */
  readonly directory: string;
  /** Spec files, or folders of them. */
  readonly tests: readonly string[];
  /** The end of a title: only tests whose title ends so. */
  readonly title?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether to stop at the first failure. */
  readonly stopAtFailure: boolean;
  /** Called with how many tests have ended, of how many. */
  readonly onProgress: (done: number, total: number) => void;
}

/** The suite takes about a minute; a mutant may make each test wait for its own deadline. */
const budgetMs = 20 * 60_000;

/** Follows the lines that the reporter prints: `57 tests, run ...`, then one for each test. */
function follow(text: string, onProgress: SuiteRun['onProgress']): void {
  const total = Number(/^(\d+) tests?, run /m.exec(text)?.[1] ?? 0);
  const done = (text.match(/^ *(?:ok|flaky|xfail|skip|FAIL|ERR) +\d+ /gm) ?? []).length;
  if (total > 0) onProgress(Math.min(done, total), total);
}

async function readResults(directory: string, said: string, log: string): Promise<RunResult> {
  try {
    const text = await readFile(join(directory, 'results.json'), 'utf8');
    return runResultSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new EnvironmentError(
      {
        who: 'suite',
        what: 'left no results that can be read',
        lastSeen: lastLines(said),
        where: log,
        remedy: 'run: npx playwright test --project qemu-virt',
      },
      { cause: error },
    );
  }
}

/**
 * Runs the suite in a process of its own and returns its results, whatever they are.
 * @throws EnvironmentError when it leaves none, or does not end.
 */
export async function runSuite(run: SuiteRun): Promise<RunResult> {
  await mkdir(run.directory, { recursive: true });
  const log = join(run.directory, 'output.log');
  const cli = join(run.root, 'node_modules/@playwright/test/cli.js');
  const args = ['test', '--project=qemu-virt', ...(run.stopAtFailure ? ['-x'] : []), ...run.tests];
  if (run.title !== undefined)
    args.push('-g', `${run.title.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`);
  await using suite = await OwnedProcess.start(process.execPath, [cli, ...args], {
    env: {
      ...run.env,
      NO_COLOR: '1',
      CROSSPAGE_RUN: relative(join(run.root, 'reports'), run.directory),
    },
  });
  const file = createWriteStream(log);
  let said = '';
  suite.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    file.write(chunk);
    follow(said, run.onProgress);
  });
  const late = (): Error =>
    new EnvironmentError({
      who: 'suite',
      what: `did not end within ${budgetMs / 60_000} minutes`,
      lastSeen: lastLines(said),
      where: log,
    });
  try {
    await Deadline.after(budgetMs).bound(suite.ended, late);
  } finally {
    file.end(suite.stderr);
  }
  return await readResults(run.directory, said + suite.stderr, log);
}
