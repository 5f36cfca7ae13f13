// SPDX-License-Identifier: Apache-2.0
import { join, relative } from 'node:path';
import { formatSeconds, type Progress } from '../host/progress.ts';
import { prepareImages } from '../images/index.ts';
import { CrosspageError } from '../support/errors.ts';
import { classifyRun } from './classify.ts';
import type { JudgedSuite, Matrix, MatrixRow } from './model.ts';
import type { Mutant } from './mutant.ts';
import { runSuite, type SuiteRun } from './run-suite.ts';
import { isVoid, rowText } from './verdict.ts';

/** What is run, and where it is told. */
export interface MutantsOptions {
  /** The project's directory. */
  readonly root: string;
  /** Directory of this run's reports. */
  readonly directory: string;
  readonly mutants: readonly Mutant[];
  /** Spec files, or folders of them: the suite. */
  readonly tests: readonly string[];
  /** Those of them that a mutant meets first: what they say points at its cause. */
  readonly first: readonly string[];
  readonly seed?: string | undefined;
  readonly progress: Progress;
  /** Called after each mutant: what is known is not lost when the run is interrupted. */
  readonly keep: (matrix: Matrix) => void;
}

const control = 'control';

/** Where the reports of a run are, relative to those of them all. */
const reportOf = (name: string): string => join('mutants', name);

/** How often the suite is run on a mutant whose failures do not repeat. */
const attempts = 3;

/** Runs of one subject: each in a directory of its own. */
class Judge {
  readonly #options: MutantsOptions;
  readonly #name: string;
  readonly #env: Readonly<Record<string, string>>;
  #runs = 0;

  constructor(options: MutantsOptions, name: string, env: Readonly<Record<string, string>>) {
    this.#options = options;
    this.#name = name;
    this.#env = env;
  }

  /** Runs the suite until its first failure. */
  async suite(): Promise<JudgedSuite> {
    return this.#run('run the suite on', { tests: this.#options.tests });
  }

  /** The same, beginning with the tests that come first. */
  async suiteInOrder(): Promise<JudgedSuite> {
    const { first } = this.#options;
    if (first.length === 0) return this.suite();
    const verdict = await this.#run('run the first tests on', { tests: first });
    return verdict.verdict === 'survived' ? this.suite() : verdict;
  }

  /** Runs the killer alone: whether it fails again. */
  async confirms({ file, title }: NonNullable<JudgedSuite['kill']>): Promise<boolean> {
    const { verdict } = await this.#run('run the killer again on', { tests: [file], title });
    return verdict === 'killed';
  }

  async #run(what: string, tests: Pick<SuiteRun, 'tests' | 'title'>): Promise<JudgedSuite> {
    const { root, progress } = this.#options;
    const startMs = performance.now();
    const name = ++this.#runs === 1 ? this.#name : `${this.#name}-${this.#runs}`;
    progress.begin(`${what} ${this.#name}`);
    const onProgress = (done: number, total: number): void => {
      const rate = done / Math.max(0.001, (performance.now() - startMs) / 1000);
      progress.detail(`${bar(done / total)} ${done}/${total} tests ${rate.toFixed(1)}/s`);
    };
    const report = reportOf(name);
    const directory = join(this.#options.directory, report);
    const env = this.#env;
    const run = { root, directory, ...tests, env, stopAtFailure: true, onProgress };
    return { ...classifyRun(await runSuite(run)), report };
  }
}

/**
 * Runs the suite until a failure that repeats, or until it passes. A failure that does not come
 * again when its test runs alone is a false alarm and kills nothing; it is noted.
 */
async function untilRepeated(judge: Judge): Promise<JudgedSuite> {
  const unrepeated: string[] = [];
  for (let attempt = 1; ; attempt++) {
    const verdict = await judge.suiteInOrder();
    const noted = unrepeated.length > 0 ? { unrepeated } : {};
    const { kill } = verdict;
    if (kill === undefined || (await judge.confirms(kill))) return { ...verdict, ...noted };
    unrepeated.push(`${kill.test}: ${kill.message}`);
    if (attempt < attempts) continue;
    const problem = `${attempts} failures, none of which came again: ${kill.message}`;
    const { tests, tookMs, report } = verdict;
    return { verdict: 'no-verdict', problem, unrepeated, tests, tookMs, report };
  }
}

/** Judges one subject; an error of the environment is a verdict too: that there is none. */
async function judge(
  options: MutantsOptions,
  name: string,
  env: Readonly<Record<string, string>>,
  prepare: () => Promise<void>,
): Promise<JudgedSuite> {
  const startMs = performance.now();
  try {
    await prepare();
    return await untilRepeated(new Judge(options, name, env));
  } catch (error) {
    if (!(error instanceof CrosspageError)) throw error;
    const fault = error.fault === 'misuse' ? 'misuse' : 'environment';
    const tookMs = performance.now() - startMs;
    const [problem = ''] = error.message.split('\n');
    const { where } = error.story;
    const told = where === undefined ? problem : `${problem}; look at ${where}`;
    return {
      verdict: 'no-verdict',
      problem: told,
      fault,
      tests: 0,
      tookMs,
      report: reportOf(name),
    };
  }
}

function bar(share: number): string {
  const width = 20;
  const full = Math.round(Math.min(1, share) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}

function rowOf({ name, kind, what, survives }: Mutant, verdict: JudgedSuite): MatrixRow {
  return { name, kind, what, ...verdict, ...(survives && { survives }) };
}

/** Builds the image of a mutant. What the building says is of no interest unless it fails. */
async function build({ image }: Mutant, progress: Progress): Promise<void> {
  if (image !== undefined) await prepareImages([image], { progress, quiet: true });
}

/**
 * Runs the suite on what was not mutated, then on each mutant, and returns the matrix. When the
 * control does not pass no mutant is run: a suite that fails anyway kills nothing.
 */
export async function runMutants(options: MutantsOptions): Promise<Matrix> {
  const { mutants, progress, keep } = options;
  const startMs = performance.now();
  const rows: MatrixRow[] = [];
  const matrixOf = (verdict: JudgedSuite): Matrix => ({
    schemaVersion: 1,
    startedAt: new Date(performance.timeOrigin + startMs).toISOString(),
    durationMs: performance.now() - startMs,
    ...(options.seed !== undefined && { seed: options.seed }),
    tests: options.tests.map((file) => relative(options.root, join(options.root, file))),
    control: verdict,
    mutants: rows,
  });
  progress.plan(mutants.length + 1);
  const whole = { ...options, first: [] };
  const passed = await judge(whole, control, {}, () => Promise.resolve());
  progress.end(passed.verdict === 'survived' ? `passes, ${passed.tests} tests` : passed.verdict);
  keep(matrixOf(passed));
  if (isVoid(matrixOf(passed))) return matrixOf(passed);
  const width = Math.max(...mutants.map(({ name }) => name.length));
  for (const mutant of mutants) {
    const verdict = await judge(options, mutant.name, mutant.env, () => build(mutant, progress));
    const row = rowOf(mutant, verdict);
    rows.push(row);
    progress.end(row.verdict);
    progress.say(rowText(row, width));
    keep(matrixOf(passed));
  }
  progress.say(`judged in ${formatSeconds(performance.now() - startMs)}`);
  return matrixOf(passed);
}
