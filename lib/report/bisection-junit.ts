// SPDX-License-Identifier: Apache-2.0
/** A bisection as JUnit XML, in the dialect of `schema/crosspage-junit.xsd`. */
import { hostname } from 'node:os';
import { Builder } from 'xml2js';
import {
  type AccountCause,
  type AccountHistory,
  type AccountRuns,
  type BisectionAccount,
  describeRuns,
} from './bisection-account.ts';
import { attributes, type Element, seconds } from './junit-testcase.ts';
import { xmlText } from './xml-text.ts';

const verdicts = { good: 'good', bad: 'bad', unresolved: 'neither' };

function testcase(account: BisectionAccount, name: string, timeMs: number, more: Element): Element {
  const classname = `crosspage.${account.verb.replaceAll(' ', '.')}`;
  return { $: attributes({ name, classname, time: seconds(timeMs) }), ...more };
}

const historyRows = ({ title, items, notes }: AccountHistory): string[] => [
  ...[title, ''],
  ...items.flatMap(({ what, lines }) => [what, ...lines, '']),
  ...notes,
  '',
];

function causeText(
  { items, faults, proof, evidence }: AccountCause,
  history: AccountHistory | undefined,
): string {
  return [
    ...(history === undefined ? [] : historyRows(history)),
    ...items.flatMap(({ what, lines }) => [what, ...lines, '']),
    ...faults.flatMap(({ assertion, message }) => [`not so: ${assertion}`, `  ${message}`]),
    ...proof,
    ...(evidence === undefined ? [] : [`evidence: ${evidence}`]),
  ].join('\n');
}

/** What breaks it is the failure that a reader of the file is after. */
function ofCause(account: BisectionAccount, cause: AccountCause): Element {
  const [fault] = cause.faults;
  const message = fault === undefined ? cause.title : `not so: ${fault.assertion}`;
  const $ = attributes({ message, type: 'bisect' });
  return testcase(account, cause.title, 0, {
    failure: { $, _: xmlText(causeText(cause, account.history)) },
  });
}

const runsRow = (step: AccountRuns): string => {
  const why = step.why === undefined ? '' : `: ${step.why}`;
  return `${verdicts[step.verdict].padEnd(8)}${step.what} (${describeRuns(step)})${why}`;
};

function ofRest(account: BisectionAccount): Element[] {
  const { rest } = account;
  if (rest === undefined) return [];
  const skipped = { skipped: { $: attributes({ message: rest.text, type: 'unknown' }) } };
  const passed = { 'system-out': xmlText(rest.text) };
  return [testcase(account, 'all else', 0, rest.verdict === 'good' ? passed : skipped)];
}

/** The text of the file: a `<failure>` for each cause, and a passed test for what is known to be good. */
export function bisectionJunit(account: BisectionAccount): string {
  const { verb, asked, ends, history, causes, steps, notes, effort, startedAt, tookMs } = account;
  const ran = (each: readonly AccountRuns[]): number =>
    each.reduce((sum, one) => sum + (one.tookMs ?? 0), 0);
  const told = [...steps.map(runsRow), ...notes, effort].join('\n');
  const testcases = [
    ...ends.map((end) =>
      testcase(account, end.what, ran([end]), { 'system-out': xmlText(runsRow(end)) }),
    ),
    testcase(account, 'steps', ran(steps), { 'system-out': xmlText(told) }),
    ...causes.map((cause) => ofCause(account, cause)),
    ...ofRest(account),
  ];
  const counts = {
    tests: String(testcases.length),
    failures: String(causes.length),
    errors: '0',
  };
  const skipped = testcases.filter((one) => one['skipped'] !== undefined).length;
  const suite: Element = {
    $: attributes({
      name: `crosspage ${verb}`,
      package: 'crosspage',
      ...counts,
      skipped: String(skipped),
      time: seconds(tookMs),
      timestamp: startedAt.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length),
      hostname: hostname(),
      id: '0',
      file: verb,
    }),
    properties: {
      property: [
        ...asked,
        ...(history?.items ?? []).map(({ what }) => [history?.title ?? '', what] as const),
      ].map(([name, value]) => ({ $: attributes({ name, value }) })),
    },
    testcase: testcases,
  };
  const root = { $: attributes({ name: 'crosspage', time: seconds(tookMs), ...counts }) };
  const builder = new Builder({
    xmldec: { version: '1.0', encoding: 'UTF-8' },
    allowSurrogateChars: true,
  });
  return `${builder.buildObject({ testsuites: { ...root, testsuite: [suite] } })}\n`;
}
