// SPDX-License-Identifier: Apache-2.0
/** The end of a run for the person in front of the terminal. */
import { posix } from 'node:path';
import { factKeys } from './annotations.ts';
import { decidingError, headlineOf, isSkip, typeOf } from './faults.ts';
import type { ErrorResult, ProjectResult, RunResult, TestResult } from './model.ts';
import type { Palette } from './palette.ts';
import { worthALook } from './worth-a-look.ts';
import { terminalText } from './xml-text.ts';
import { durationText, evidencePaths, tallyOf, testText } from './wording.ts';
import { countText } from '../support/wording.ts';

/** Where the reports lie, as the reader can open them from where they stand. */
export interface SummaryPlace {
  /** The run's directory. */
  readonly directory: string;
  /** Where the reports lie: the link to the latest run; undefined when they were not written. */
  readonly reports: string | undefined;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

function countsText(tests: readonly TestResult[]): string {
  const order = [
    ...['passed', 'failed', 'error', 'blocked'],
    ...['flaky', 'expected-failure', 'skipped', 'not-run'],
  ];
  const groups = groupBy(tests, ({ outcome }) => outcome);
  return order
    .flatMap((outcome) => {
      const count = groups.get(outcome)?.length;
      if (count === undefined) return [];
      return outcome === 'error'
        ? countText(count, 'error')
        : `${count} ${outcome.replaceAll('-', ' ')}`;
    })
    .join(', ');
}

/** What the passed tests proved: in their own words, or their titles below their describes. */
function provedBy(tests: readonly TestResult[]): string[] {
  const passed = tests.filter(({ outcome }) => outcome === 'passed');
  const byDescribe = groupBy(passed, ({ titlePath }) => titlePath.slice(0, -1).join(' › '));
  return [...byDescribe].flatMap(([describe, members]) => {
    const sentences = members.flatMap(
      ({ properties, title }) => properties[factKeys.proved] ?? [title],
    );
    const lines = [...new Set(sentences)];
    return describe === '' ? lines : [describe, ...lines.map((line) => `  ${line}`)];
  });
}

function fileLines(file: string, tests: readonly TestResult[], palette: Palette): string[] {
  const clean = tests.every(({ outcome }) => outcome !== 'failed' && outcome !== 'error');
  const spent = tests.flatMap(({ attempts }) => attempts);
  const time = durationText(spent.reduce((sum, { durationMs }) => sum + durationMs, 0));
  const counts = (clean ? palette.good : palette.bad)(countsText(tests));
  // Tests that ran on no board are the framework's own: they prove nothing of Xen.
  const onBoard = tests.some(({ properties }) => factKeys.board in properties);
  const proved = onBoard ? provedBy(tests) : [];
  return [`  ${file}: ${counts} (${time})`, ...proved.map((line) => `    ${line}`)];
}

/** What its boots took, and what was lost of what was said on its consoles. */
function bootLines({ waits = {}, records }: ProjectResult): string[] {
  const lines: string[] = [];
  const stages = Object.entries(waits).map(([key, { medianMs, p95Ms }]) => {
    const name = key.replace(/^(?:board-)?stage-/, '').replace(/-ms$/, '');
    return `${name} ${durationText(medianMs)}, ${durationText(p95Ms)}`;
  });
  const boots = Math.max(0, ...Object.values(waits).map(({ count }) => count));
  if (boots > 0) lines.push(`  ${countText(boots, 'boot')} (median, 95 %): ${stages.join('; ')}`);
  if (records !== undefined) {
    const { received, missing, damaged } = records;
    const came = `${countText(received, 'record')} of the probes came`;
    lines.push(`  ${came}, ${missing} missing, ${damaged} damaged`);
  }
  return lines;
}

function projectLines(
  project: ProjectResult,
  tests: readonly TestResult[],
  palette: Palette,
): string[] {
  const { name, board, xenVersion, qemuVersion } = project;
  const ran = [
    board !== undefined && board !== name && `board ${board}`,
    xenVersion !== undefined && `Xen ${xenVersion}`,
    qemuVersion !== undefined && `QEMU ${qemuVersion}`,
  ].filter((part) => typeof part === 'string');
  const title = name === '' ? 'tests' : name;
  const head = palette.strong(title) + (ran.length > 0 ? `  ${ran.join(', ')}` : '');
  const files = [...groupBy(tests, ({ file }) => file)];
  const boots = bootLines(project);
  return [
    '',
    head,
    ...boots,
    ...files.flatMap(([file, members]) => fileLines(file, members, palette)),
  ];
}

function skipLines(tests: readonly TestResult[], palette: Palette): string[] {
  const skipped = tests.filter(({ outcome }) => isSkip(outcome));
  if (skipped.length === 0) return [];
  const reasons = groupBy(skipped, ({ skipReason, outcome }) =>
    outcome === 'skipped'
      ? (skipReason ?? '')
      : `${outcome === 'blocked' ? 'blocked' : 'did not run'}: ${skipReason ?? ''}`,
  );
  const largestFirst = [...reasons].sort(([, a], [, b]) => b.length - a.length);
  const lines = largestFirst.map(([reason, members]) => `  ${members.length} × ${reason}`);
  return ['', palette.doubtful('skipped'), ...lines];
}

function errorLine(errors: readonly ErrorResult[]): string {
  const error = decidingError(errors);
  if (error === undefined) return 'failed without telling an error';
  const named = error.fault === 'assertion' ? '' : `${typeOf(error)}: `;
  return terminalText(`${named}${headlineOf(error)}`);
}

function failureLines(result: RunResult, place: SummaryPlace, palette: Palette): string[] {
  const { run, tests } = result;
  const amiss = tests.filter(({ outcome }) => outcome === 'failed' || outcome === 'error');
  const ofTests = amiss.flatMap((test) => {
    const last = test.attempts.at(-1);
    const evidence = last === undefined ? [] : evidencePaths(last, place.directory);
    return [
      `  ${[test.project, testText(test)].filter((part) => part !== '').join('  ')}`,
      `    ${palette.bad(errorLine(last?.errors ?? []))}`,
      ...(last?.facts[factKeys.notAsPlanned] ?? []).map((text) => `    not as planned: ${text}`),
      `    fault: ${test.fault ?? 'not known'}`,
      `    at ${test.file}:${test.line}`,
      ...evidence.map((path) => `    ${path}`),
    ];
  });
  const ofRun = run.errors.map((error) => `  outside of any test: ${errorLine([error])}`);
  return ofTests.length + ofRun.length === 0
    ? []
    : ['', palette.bad('failed'), ...ofRun, ...ofTests];
}

function flakyLines(tests: readonly TestResult[], palette: Palette): string[] {
  const flaky = tests.filter(({ outcome }) => outcome === 'flaky');
  if (flaky.length === 0) return [];
  const lines = flaky.map(
    (test) =>
      `  ${test.project}  ${testText(test)} (${countText(test.attempts.length, 'attempt')})`,
  );
  return ['', palette.doubtful(`${flaky.length} flaky`), ...lines];
}

function lookLines(tests: readonly TestResult[], palette: Palette): string[] {
  const lines = worthALook(tests).map((line) => `  ${terminalText(line)}`);
  return lines.length === 0 ? [] : ['', palette.doubtful('worth a look'), ...lines];
}

function placeLines(result: RunResult, place: SummaryPlace): string[] {
  const { run, tests } = result;
  const { reports } = place;
  const consoles = tests.some(({ attempts }) =>
    attempts.some(({ attachments }) => attachments.some(({ path }) => path?.endsWith('.log'))),
  );
  const interrupted = run.status === 'interrupted' ? ', interrupted' : '';
  const lines = [
    '',
    `took      ${durationText(run.durationMs)}, ${countText(tests.length, 'test')}${interrupted}`,
  ];
  if (reports === undefined) return [...lines, 'reports   not written: see above'];
  lines.push(`junit     ${posix.join(reports, 'junit.xml')}`);
  lines.push(`results   ${posix.join(reports, 'results.json')}`);
  if (result.mechanisms.length > 0) lines.push(`measured  ${posix.join(reports, 'mechanisms.md')}`);
  if (consoles) lines.push(`consoles  ${posix.join(reports, '<project>', '<test>', '*.log')}`);
  return lines;
}

/** The summary. Its last line is `N passed, N failed, N skipped`. */
export function summaryOf(result: RunResult, place: SummaryPlace, palette: Palette): string {
  const byProject = groupBy(result.tests, ({ project }) => project);
  const { passed, failed, skipped } = tallyOf(result);
  const lines = [
    ...result.projects.flatMap((project) =>
      projectLines(project, byProject.get(project.name) ?? [], palette),
    ),
    ...skipLines(result.tests, palette),
    ...failureLines(result, place, palette),
    ...flakyLines(result.tests, palette),
    ...lookLines(result.tests, palette),
    ...placeLines(result, place),
    '',
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
  ];
  return `${lines.join('\n')}\n`;
}
