// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { parseStringPromise } from 'xml2js';
import type { BisectionAccount } from '../../../lib/report/bisection-account.ts';
import { bisectionHtml } from '../../../lib/report/bisection-html.ts';
import { bisectionJunit } from '../../../lib/report/bisection-junit.ts';

const xsd = join(import.meta.dirname, '../../../lib/report/schema/crosspage-junit.xsd');

const account: BisectionAccount = {
  verb: 'bisect config',
  answer: 'what breaks it: argument changed: /chosen: xen,xen-bootargs',
  asked: [
    ['good end', 'conf-1'],
    ['bad end', 'conf & "2"'],
  ],
  ends: [
    { what: 'good end conf-1', verdict: 'good', failed: 0, passed: 3, tookMs: 1500 },
    { what: 'bad end conf-2', verdict: 'bad', failed: 3, passed: 0, known: 3 },
  ],
  causes: [
    {
      title: 'this change alone breaks it (1 of 3 changes)',
      items: [
        {
          what: 'argument changed: /chosen: xen,xen-bootargs\n  a.dts:3:1 -> b.dts:3:1',
          lines: ['--- a.dts', '+++ b.dts', '@@ -3 +3 @@', '-  x = <1>;', '+  x = <&lost>;'],
        },
      ],
      faults: [{ assertion: 'the system comes up', message: 'panic: \u001b[31m<script>' }],
      proof: ['with nothing else changed it failed 3 of 3 runs', 'it is needed: sure to 99.5 %'],
      evidence: 'reports/bisect/1/2',
    },
  ],
  rest: { verdict: 'good', text: 'the other 2 changes are innocent' },
  between: [{ what: 'one' }, { what: 'two', cause: 0 }, { what: 'three' }],
  steps: [
    { what: 'changes 1-2', verdict: 'bad', failed: 1, passed: 0, tookMs: 500 },
    { what: 'change 1', verdict: 'unresolved', failed: 0, passed: 0, spoilt: 3, why: 'spoilt' },
  ],
  notes: ['not tried: guest.cfg differs, and is not booted'],
  effort: '6 runs of the ends, 2 between them',
  startedAt: '2026-12-01T01:02:03.000Z',
  tookMs: 12_345,
};

interface Testcase {
  $: { name: string };
  failure?: [{ $: { message: string }; _: string }];
  skipped?: unknown;
}

async function testcasesOf(xml: string): Promise<Testcase[]> {
  const parsed = (await parseStringPromise(xml)) as {
    testsuites: { testsuite: [{ testcase: Testcase[] }] };
  };
  return parsed.testsuites.testsuite[0].testcase;
}

test('as JUnit, what breaks it is a failure with its lines, and the rest a passed test', async () => {
  const testcases = await testcasesOf(bisectionJunit(account));

  expect(testcases.map(({ $ }) => $.name)).toEqual([
    'good end conf-1',
    'bad end conf-2',
    'steps',
    'this change alone breaks it (1 of 3 changes)',
    'all else',
  ]);
  const failed = testcases.filter(({ failure }) => failure !== undefined);
  expect(failed).toHaveLength(1);
  expect(failed[0]?.failure?.[0].$.message).toBe('not so: the system comes up');
  expect(failed[0]?.failure?.[0]._).toContain('+  x = <&lost>;');
  expect(failed[0]?.failure?.[0]._).toContain('\\x1b[31m');
});

const history = {
  title: 'the first bad commit',
  items: [{ what: '4f0c1e2d3b4a more <RAM>', lines: ['A. Developer, 2026-11-27'] }],
  notes: ['skipped 1234: has no such directory', '5 commits were tried between the ends'],
};

test('where it broke in a history is told in both', async () => {
  const xml = bisectionJunit({ ...account, history });
  const failure = (await testcasesOf(xml)).find((one) => one.failure)?.failure?.[0]._ ?? '';
  const page = bisectionHtml({ ...account, history });

  expect(xml).toContain('<property name="the first bad commit" value="4f0c1e2d3b4a more &lt;RAM');
  expect(failure).toMatch(/^the first bad commit\n\n4f0c1e2d3b4a more <RAM>\nA\. Developer, 2026/);
  for (const note of history.notes)
    expect([failure, page].map((text) => text.includes(note))).toEqual([true, true]);
  expect(page).toContain('<h2>the first bad commit</h2>');
  expect(page.indexOf('4f0c1e2d3b4a more &lt;RAM&gt;')).toBeLessThan(
    page.indexOf('this change alone'),
  );
});

test('as JUnit, what nothing is known of is skipped', async () => {
  const unknown = { verdict: 'unresolved', text: 'of the others nothing is known' } as const;

  const testcases = await testcasesOf(bisectionJunit({ ...account, rest: unknown }));

  expect(testcases.at(-1)).toMatchObject({
    skipped: [{ $: { message: 'of the others nothing is known' } }],
  });
});

test('the JUnit file keeps to the schema', () => {
  test.skip(
    spawnSync('xmllint', ['--version']).error !== undefined,
    'xmllint is missing (Debian: libxml2-utils)',
  );
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', xsd, '-'], {
    input: bisectionJunit(account),
    encoding: 'utf8',
  });

  expect(stderr).toContain('- validates');
  expect(status).toBe(0);
});

test('the page tells all that was asked, tried and found', () => {
  const page = bisectionHtml(account);

  const told = [
    'what breaks it: argument changed',
    'conf &amp; &quot;2&quot;',
    'failed 3 of 3, 3 known from before',
    '<span class="come">+  x = &lt;&amp;lost&gt;;</span>',
    'not so:',
    'sure to 99.5 %',
    'reports/bisect/1/2',
    'changes 1-2',
    'not run, 3 spoilt',
    'the other 2 changes are innocent',
    'two <span class="chip bad">guilty</span>',
    'not tried: guest.cfg',
    '12.3 s',
  ];
  for (const text of told) expect(page).toContain(text);
});

test('the page needs nothing else, and what was seen is no part of it', () => {
  const page = bisectionHtml(account);

  expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bsrc=|\bhref=|https?:/);
  expect(page).toContain('panic: \\x1b[31m&lt;script&gt;');
  for (const element of ['section', 'table', 'pre', 'details', 'div', 'span'])
    expect(page.split(`<${element}`).length).toBe(page.split(`</${element}>`).length);
});
