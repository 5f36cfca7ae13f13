// SPDX-License-Identifier: Apache-2.0
/** The Playwright reporter of Crosspage: progress, summary, report files, exit code. */
import { hostname } from 'node:os';
import { basename, dirname, relative, resolve } from 'node:path';
import type {
  FullConfig,
  FullResult,
  Reporter,
  Suite,
  TestCase,
  TestError,
  TestResult as PlaywrightResult,
} from '@playwright/test/reporter';
import { CrosspageError, MisuseError } from '../support/errors.ts';
import { countText } from '../support/wording.ts';
import { exitCodes, refineExitCode } from './exit-code.ts';
import type { AttachmentMode } from './junit-testcase.ts';
import { junitOf } from './junit.ts';
import { reportOf } from './mechanism-table.ts';
import type { RunResult } from './model.ts';
import { choosePalette } from './palette.ts';
import { progressOf } from './progress.ts';
import { RunCollector } from './run-collector.ts';
import { summaryOf } from './summary.ts';
import { errorText, indent } from './wording.ts';
import { pointLatest, writeReports } from './write-reports.ts';

/** What `playwright.config.ts` gives. */
export interface ReporterOptions {
  /** The directory of this run; relative to the working directory, or absolute. */
  readonly runDirectory: string;
}

/** Playwright adds what it is about to do: 'test', 'list', 'merge'. */
type GivenOptions = ReporterOptions & { readonly _mode?: string };

const modes: readonly string[] = ['gitlab', 'jenkins', 'none'] satisfies AttachmentMode[];

function isMode(text: string): text is AttachmentMode {
  return modes.includes(text);
}

function attachmentMode(): AttachmentMode {
  const mode = process.env['CROSSPAGE_ATTACHMENTS'] ?? 'gitlab';
  if (isMode(mode)) return mode;
  throw new MisuseError({
    who: 'CROSSPAGE_ATTACHMENTS',
    what: `is "${mode}"`,
    remedy: `set it to one of ${modes.join(', ')}`,
  });
}

/** Where a run's directory is, as someone in the working directory writes it. */
function fromHere(path: string): string {
  return relative(process.cwd(), path) || '.';
}

/** Reports a run on the terminal and into its directory, and gives the process its exit code. */
export default class CrosspageReporter implements Reporter {
  readonly #directory: string;
  readonly #listing: boolean;
  readonly #attachments: AttachmentMode;
  readonly #palette = choosePalette(process.stdout, process.env);
  #root = process.cwd();
  #quiet = false;
  #collector: RunCollector | undefined;
  #ended = 0;
  #done = false;
  /** Misuse, until the options are known to be good; none, until the run has ended. */
  #exitCode: number | undefined = exitCodes.misuse;

  /** @throws MisuseError for an unknown value of CROSSPAGE_ATTACHMENTS. */
  constructor(options: GivenOptions) {
    this.#directory = resolve(options.runDirectory);
    this.#listing = options._mode === 'list';
    if (!this.#listing) this.#attend();
    this.#attachments = attachmentMode();
    this.#exitCode = undefined;
  }

  /** While listing, Playwright prints the list, as long as no reporter says that it does. */
  printsToStdio(): boolean {
    return !this.#listing;
  }

  onBegin(config: FullConfig, suite: Suite): void {
    if (this.#listing) return;
    this.#root = config.configFile === undefined ? config.rootDir : dirname(config.configFile);
    this.#quiet = config.quiet;
    const place = {
      id: basename(this.#directory),
      host: hostname(),
      root: this.#root,
      directory: this.#directory,
    };
    this.#collector = new RunCollector(place, config, suite);
    const { length } = suite.allTests();
    if (length > 0) this.#print(`${countText(length, 'test')}, run ${place.id}\n\n`);
  }

  onStdOut(chunk: string | Buffer): void {
    if (!this.#listing && !this.#quiet) process.stdout.write(chunk);
  }

  onStdErr(chunk: string | Buffer): void {
    if (!this.#listing && !this.#quiet) process.stderr.write(chunk);
  }

  onTestEnd(test: TestCase, result: PlaywrightResult): void {
    if (this.#collector === undefined) return;
    const attempt = this.#collector.addAttempt(test, result);
    const failed = result.status === 'failed' || result.status === 'timedOut';
    const ended = {
      index: ++this.#ended,
      test: this.#collector.test(test),
      attempt,
      willRetry: failed && result.status !== test.expectedStatus && result.retry < test.retries,
      directory: fromHere(this.#directory),
    };
    this.#print(progressOf(ended, this.#palette));
  }

  onError(error: TestError): void {
    const converted = this.#collector?.addError(error);
    if (converted === undefined) return;
    // After the end only Playwright's own leavings come, which no report can hold.
    const text = `${indent(errorText(converted), this.#done ? '' : '  ')}\n`;
    process.stderr.write(this.#palette.bad(text));
  }

  async onEnd(end: FullResult): Promise<{ status: FullResult['status'] } | undefined> {
    if (this.#collector === undefined) return undefined;
    const result = this.#collector.result(end);
    this.#done = true;
    this.#exitCode = this.#report(result);
    await Promise.resolve();
    const failed = this.#exitCode !== exitCodes.passed && end.status === 'passed';
    return failed ? { status: 'failed' } : undefined;
  }

  #attend(): void {
    // `| head` may leave early: the reports are still wanted.
    process.stdout.on('error', () => undefined);
    // Playwright ends by process.exit, and knows no other code than 1; a handler has the last word.
    process.once('exit', (playwrights) => {
      if (this.#exitCode !== undefined)
        process.exitCode = refineExitCode(playwrights, this.#exitCode);
    });
  }

  /** Writes the reports and prints the summary. Gives the exit code. */
  #report(result: RunResult): number {
    const { exitCode } = result.run;
    let reports: string | undefined;
    let code = exitCode;
    try {
      this.#write(result);
      reports = fromHere(pointLatest(this.#directory));
    } catch (error) {
      if (!(error instanceof CrosspageError)) throw error;
      process.stderr.write(`\n${this.#palette.bad(`${error.name}: ${error.message}`)}\n`);
      if (exitCode === exitCodes.passed) code = exitCodes.environment;
    }
    const directory = fromHere(this.#directory);
    this.#print(summaryOf(result, { directory, reports }, this.#palette));
    return code;
  }

  #write(result: RunResult): void {
    const place = {
      attachments: this.#attachments,
      root: this.#root,
      directory: this.#directory,
    };
    writeReports(this.#directory, {
      'results.json': `${JSON.stringify(result, undefined, 2)}\n`,
      'junit.xml': junitOf(result, place),
      ...(result.mechanisms.length > 0 && { 'mechanisms.md': reportOf(result.mechanisms) }),
    });
  }

  #print(text: string): void {
    process.stdout.write(text);
  }
}
