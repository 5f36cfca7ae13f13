// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestInfo } from '@playwright/test';
import { parseStringPromise } from 'xml2js';
import { type RunResult, runResultSchema } from '../../../lib/report/model.ts';

const repository = join(import.meta.dirname, '../../..');
const reporter = join(repository, 'lib/report/reporter.ts');

/** Errors as the library throws them, for specs that import nothing of it. */
const preamble = `
import { expect, test } from '@playwright/test';
class EnvironmentError extends Error { name = 'EnvironmentError'; }
class BlockedError extends Error { name = 'BlockedError'; }
class MisuseError extends Error { name = 'MisuseError'; }
class SubjectError extends Error { name = 'SubjectError'; }
`;

/** What a fixture run is made of. */
export interface FixtureRun {
  /** Spec files by name; the preamble goes before each. */
  readonly specs: Readonly<Record<string, string>>;
  /** More of the configuration, as source: `retries: 1,`. */
  readonly config?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The run's directory, if not `reports/run-1`. */
  readonly runDirectory?: string;
  /** A shell command to replace itself by "$@". */
  readonly shell?: string;
}

/** A JUnit element as xml2js parses it. */
export interface Parsed {
  readonly $: Readonly<Record<string, string>>;
  readonly _?: string;
  readonly [child: string]: unknown;
}

/** A real run of Playwright with our reporter, in a directory of its own. */
export class StartedRun {
  readonly directory: string;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;

  constructor(directory: string, child: ChildProcess) {
    this.directory = directory;
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  /** Waits until it has ended; gives its exit code, or the signal that ended it. */
  async ended(): Promise<number | string> {
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, string | null];
    return code ?? signal ?? 'neither code nor signal';
  }

  /** Waits until it has printed `text`. */
  async prints(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      if (this.#child.stdout === null) throw new Error('it has no standard output');
      await once(this.#child.stdout, 'data');
    }
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** A file below its directory. */
  read(...path: string[]): string {
    return readFileSync(join(this.directory, ...path), 'utf8');
  }

  has(...path: string[]): boolean {
    return existsSync(join(this.directory, ...path));
  }

  /** `results.json` of the latest run, which its schema accepts. */
  results(): RunResult {
    return runResultSchema.parse(JSON.parse(this.read('reports/latest/results.json')));
  }

  /** The test cases of `junit.xml` of the latest run, by class name and name. */
  async testcases(): Promise<Map<string, Parsed>> {
    const xml = (await parseStringPromise(this.read('reports/latest/junit.xml'))) as {
      testsuites: { testsuite: { testcase: Parsed[] }[] };
    };
    const all = xml.testsuites.testsuite.flatMap(({ testcase }) => testcase);
    return new Map(all.map((one) => [`${one.$['classname'] ?? ''}: ${one.$['name'] ?? ''}`, one]));
  }
}

function lay(directory: string, run: FixtureRun): void {
  mkdirSync(join(directory, 'tests'), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  for (const [name, source] of Object.entries(run.specs))
    writeFileSync(join(directory, 'tests', name), preamble + source);
  const runDirectory = join(directory, run.runDirectory ?? 'reports/run-1');
  const options = JSON.stringify({ runDirectory });
  writeFileSync(
    join(directory, 'playwright.config.ts'),
    `export default {
      testDir: 'tests', outputDir: ${JSON.stringify(join(directory, 'reports/run-1/output'))},
      workers: 2, reporter: [[${JSON.stringify(reporter)}, ${options}]],
      ${run.config ?? ''}
    };`,
  );
}

/** Starts Playwright's own command in a new directory. */
export function startRun(testInfo: TestInfo, run: FixtureRun, name = 'fixture'): StartedRun {
  const directory = testInfo.outputPath(name);
  lay(directory, run);
  const cli = join(repository, 'node_modules/@playwright/test/cli.js');
  const command = [process.execPath, cli, 'test', ...(run.args ?? [])];
  const inShell = ['sh', '-c', `${run.shell ?? ''} exec "$@"`, 'sh', ...command];
  const [program = '', ...args] = run.shell === undefined ? command : inShell;
  // Of this runner's own environment nothing is to be seen: it steers Playwright in many ways.
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(program, args, {
    cwd: directory,
    env: { PATH, HOME, ...run.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new StartedRun(directory, child);
}
