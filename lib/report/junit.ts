// SPDX-License-Identifier: Apache-2.0
/**
 * A run as JUnit XML, in the dialect that Jenkins' junit-10.xsd takes and GitLab reads:
 * `schema/crosspage-junit.xsd`. One `<testsuite>` for each project and file.
 */
import { Builder } from 'xml2js';
import { sharedFacts } from './facts.ts';
import { isSkip } from './faults.ts';
import {
  attributes,
  problemOf,
  seconds,
  testcaseOf,
  type Element,
  type JunitPlace,
} from './junit-testcase.ts';
import type { RunResult, TestResult } from './model.ts';

interface Counts {
  tests: string;
  failures: string;
  errors: string;
}

function countsOf(tests: readonly TestResult[], runErrors = 0): Counts {
  const those = (...outcomes: string[]): number =>
    tests.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    tests: String(tests.length + runErrors),
    failures: String(those('failed')),
    errors: String(those('error') + runErrors),
  };
}

function timestamp(iso: string): string {
  return iso.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
}

function propertiesOf(result: RunResult, tests: readonly TestResult[]): Element {
  const { run } = result;
  const dirty = run.dirty === undefined ? undefined : String(run.dirty);
  const ofRun = {
    run: run.id,
    'git-revision': run.gitRevision,
    'git-dirty': dirty,
    seed: run.seed,
  };
  const facts = Object.entries(sharedFacts(tests)).map(
    ([key, values]) => [key, values.join(', ')] as const,
  );
  const pairs = [...Object.entries(ofRun), ...Object.entries(run.tools), ...facts];
  const property = pairs.flatMap(([name, value]) =>
    value === undefined ? [] : [{ $: attributes({ name, value }) }],
  );
  return { property };
}

function skippedIn(tests: readonly TestResult[]): string {
  const skipped = tests.filter(({ outcome }) => isSkip(outcome));
  return String(skipped.length);
}

function suiteOf(result: RunResult, tests: TestResult[], id: number, place: JunitPlace): Element {
  const [first] = tests;
  const project = first?.project ?? '';
  const file = first?.file ?? '';
  const attempts = tests.flatMap((test) => test.attempts);
  const starts = attempts.map(({ startedAt }) => startedAt).sort();
  return {
    $: attributes({
      name: project === '' ? file : `${project} › ${file}`,
      package: project,
      ...countsOf(tests),
      skipped: skippedIn(tests),
      time: seconds(attempts.reduce((sum, { durationMs }) => sum + durationMs, 0)),
      timestamp: timestamp(starts[0] ?? result.run.startedAt),
      hostname: result.run.host.name,
      id: String(id),
      file,
    }),
    properties: propertiesOf(result, tests),
    testcase: tests.map((test) => testcaseOf(test, place)),
  };
}

/** Errors outside of any test as a suite of its own, so that no reader takes the run for clean. */
function runSuite(result: RunResult, id: number): Element[] {
  const { run } = result;
  if (run.errors.length === 0) return [];
  return [
    {
      $: attributes({
        name: 'run',
        ...countsOf([], run.errors.length),
        skipped: '0',
        time: '0.000',
        timestamp: timestamp(run.startedAt),
        hostname: run.host.name,
        id: String(id),
      }),
      properties: propertiesOf(result, []),
      testcase: run.errors.map((error, index) => ({
        $: attributes({
          name: `error ${index + 1}${error.location ? ` in ${error.location.file}` : ''}`,
          classname: 'run',
          time: '0.000',
        }),
        // Nothing was asserted outside of a test.
        error: problemOf([{ ...error, fault: undefined }])['error'],
      })),
    },
  ];
}

function suites(tests: readonly TestResult[]): TestResult[][] {
  const byFile = new Map<string, TestResult[]>();
  for (const test of tests) {
    const key = JSON.stringify([test.project, test.file]);
    byFile.set(key, [...(byFile.get(key) ?? []), test]);
  }
  return [...byFile.values()];
}

/** The text of `junit.xml`. */
export function junitOf(result: RunResult, place: JunitPlace): string {
  const { run } = result;
  const ofTests = suites(result.tests).map((tests, id) => suiteOf(result, tests, id, place));
  const root: Element = {
    $: attributes({
      name: 'crosspage',
      time: seconds(run.durationMs),
      ...countsOf(result.tests, run.errors.length),
    }),
    testsuite: [...ofTests, ...runSuite(result, ofTests.length)],
  };
  const builder = new Builder({
    xmldec: { version: '1.0', encoding: 'UTF-8' },
    allowSurrogateChars: true,
  });
  return `${builder.buildObject({ testsuites: root })}\n`;
}
