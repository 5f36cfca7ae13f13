// SPDX-License-Identifier: Apache-2.0
import type {
  FullConfig,
  FullResult,
  Suite,
  TestCase,
  TestError,
  TestResult as PlaywrightResult,
} from '@playwright/test/reporter';
import { factKeys } from './annotations.ts';
import { convertAttempt, type RunPlace } from './convert-attempt.ts';
import { convertError } from './convert-error.ts';
import { convertTest, identifyTest } from './convert-test.ts';
import { exitCodeOf } from './exit-code.ts';
import { joined, sharedFacts } from './facts.ts';
import { lossOf, waitsOf } from './measured-waits.ts';
import { measuredIn } from './mechanisms.ts';
import type { AttemptResult, ErrorResult, ProjectResult, RunResult, TestResult } from './model.ts';
import { provenanceOf } from './provenance.ts';

const statuses = {
  passed: 'passed',
  failed: 'failed',
  timedout: 'timed-out',
  interrupted: 'interrupted',
} as const;

function summarizeProject(suite: Suite, tests: readonly TestResult[]): ProjectResult {
  const project = suite.project();
  const name = project?.name ?? '';
  const own = tests.filter((test) => test.project === name);
  const properties = sharedFacts(own);
  const waits = waitsOf(own);
  const records = lossOf(own);
  const use = (project?.use ?? {}) as { readonly boardName?: unknown };
  const named = typeof use.boardName === 'string' ? use.boardName : undefined;
  return {
    name,
    board: joined(properties, factKeys.board) ?? named,
    xenVersion: joined(properties, factKeys.xenVersion),
    qemuVersion: joined(properties, factKeys.qemuVersion),
    properties,
    ...(Object.keys(waits).length > 0 && { waits }),
    ...(records !== undefined && { records }),
  };
}

/** Gathers what Playwright tells while a run goes on, into one {@link RunResult}. */
export class RunCollector {
  readonly #place: RunPlace;
  readonly #config: FullConfig;
  readonly #suite: Suite;
  readonly #provenance: ReturnType<typeof provenanceOf>;
  readonly #attempts = new Map<PlaywrightResult, AttemptResult>();
  readonly #errors: ErrorResult[] = [];

  constructor(place: RunPlace, config: FullConfig, suite: Suite) {
    this.#place = place;
    this.#config = config;
    this.#suite = suite;
    this.#provenance = provenanceOf(config, place.root);
  }

  /** Takes an error outside of any test. */
  addError(error: TestError): ErrorResult {
    const converted = convertError(error, this.#place.root);
    // Before any test there are only the words of our caller: arguments, specs, configuration.
    const early = this.#suite.allTests().length === 0;
    if (early && converted.fault === undefined) converted.fault = 'misuse';
    this.#errors.push(converted);
    return converted;
  }

  /** Takes an attempt that has ended, while its files are there. */
  addAttempt(test: TestCase, result: PlaywrightResult): AttemptResult {
    const known = this.#attempts.get(result);
    if (known !== undefined) return known;
    const { id } = identifyTest(test, this.#place.root);
    const attempt = convertAttempt(test, result, id, this.#place);
    this.#attempts.set(result, attempt);
    return attempt;
  }

  /** The test as it stands now. */
  test(test: TestCase, whyNot = 'something before it failed'): TestResult {
    const attempts = test.results.map((result) => this.addAttempt(test, result));
    return convertTest(test, identifyTest(test, this.#place.root), attempts, whyNot);
  }

  /** The whole run, once it has ended. */
  result(end: FullResult): RunResult {
    const whyNot = this.#whyNot(end);
    const tests = this.#suite.allTests().map((test) => this.test(test, whyNot));
    const run: RunResult['run'] = {
      id: this.#place.id,
      startedAt: end.startTime.toISOString(),
      durationMs: end.duration,
      status: statuses[end.status],
      ...this.#provenance,
      exitCode: 0,
      errors: this.#errors,
    };
    run.exitCode = exitCodeOf({ run, tests });
    const projects = this.#suite.suites.map((suite) => summarizeProject(suite, tests));
    return { schemaVersion: 1, run, projects, tests, mechanisms: measuredIn(tests) };
  }

  #whyNot(end: FullResult): string {
    const { maxFailures, globalTimeout } = this.#config;
    const failed = this.#suite.allTests().filter((test) => test.outcome() === 'unexpected').length;
    if (end.status === 'interrupted') return 'the run was interrupted';
    if (end.status === 'timedout') return `the run had ${globalTimeout} ms, and used them`;
    if (maxFailures > 0 && failed >= maxFailures) return `the run stopped at ${failed} failed`;
    return 'something before it failed';
  }
}
