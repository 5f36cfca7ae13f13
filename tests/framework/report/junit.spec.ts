// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { parseStringPromise } from 'xml2js';
import { junitOf } from '../../../lib/report/junit.ts';
import type { RunResult } from '../../../lib/report/model.ts';
import { xmlText } from '../../../lib/report/xml-text.ts';
import { attempt, samplePlace, sampleRun, testResult } from './sample-run.ts';

const golden = join(import.meta.dirname, 'golden/junit.xml');
const xsd = join(import.meta.dirname, '../../../lib/report/schema/crosspage-junit.xsd');

interface Parsed {
  $: Record<string, string>;
  _?: string;
  [child: string]: unknown;
}

async function testcases(result: RunResult): Promise<Parsed[]> {
  const parsed = (await parseStringPromise(junitOf(result, samplePlace))) as {
    testsuites: { testsuite: { testcase: Parsed[] }[] };
  };
  return parsed.testsuites.testsuite.flatMap(({ testcase }) => testcase);
}

function lint(xml: string): string {
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', xsd, '-'], {
    input: xml,
    encoding: 'utf8',
  });
  return status === 0 ? '' : stderr;
}

function withoutXmllint(): boolean {
  return spawnSync('xmllint', ['--version']).error !== undefined;
}

test('a run with a bit of everything is the golden file', ({}, testInfo) => {
  const xml = junitOf(sampleRun, samplePlace);
  if (testInfo.config.updateSnapshots === 'all') writeFileSync(golden, xml);

  expect(xml).toBe(readFileSync(golden, 'utf8'));
});

test('the golden file is valid by our schema', () => {
  test.skip(withoutXmllint(), 'xmllint is missing (Debian: libxml2-utils)');

  execFileSync('xmllint', ['--noout', '--schema', xsd, golden], { stdio: 'pipe' });
});

test('our schema refuses what readers would not take', () => {
  test.skip(withoutXmllint(), 'xmllint is missing (Debian: libxml2-utils)');
  const xml = readFileSync(golden, 'utf8');

  expect(lint(xml)).toBe('');
  expect(lint(xml.replace('time="4.183"', 'time="4.183210"'))).toContain("attribute 'time'");
  expect(lint(xml.replace(/<properties>.*?<\/properties>/s, ''))).toContain('properties');
  expect(lint(xml.replace(/type="missing-capability"/, 'type="whim"'))).toContain('whim');
  expect(lint(xml.replace('the owner reads it back', 'the port answers'))).toContain('Duplicate');
});

test('a run without tests is valid, and one that failed outside of any test tells it', async () => {
  const errors = [{ name: 'Error', message: 'No tests found', fault: 'misuse' as const }];
  const failed = { ...sampleRun, projects: [], tests: [], run: { ...sampleRun.run, errors } };
  const [only, ...others] = await testcases(failed);

  expect(only).toMatchObject({
    $: { name: 'error 1', classname: 'run' },
    error: [{ $: { message: 'No tests found', type: 'Error' } }],
  });
  expect(others).toEqual([]);
  test.skip(withoutXmllint(), 'xmllint is missing (Debian: libxml2-utils)');
  expect(lint(junitOf(failed, samplePlace))).toBe('');
  expect(lint(junitOf({ ...sampleRun, tests: [] }, samplePlace))).toBe('');
});

test('attachments are told as GitLab, as Jenkins, or as nobody reads them', () => {
  const lines = (attachments: 'gitlab' | 'jenkins' | 'none'): string[] =>
    junitOf(sampleRun, { ...samplePlace, attachments })
      .split('\n')
      .map((line) => line.replace(/<\/?system-out>/g, '').trim())
      .filter((line) => line.includes('/second/') || line.includes('no%5Bte%5D'));
  const run = 'reports/20261124-095256-4242/zcu102-a';

  expect(lines('gitlab')).toEqual([
    `[[ATTACHMENT|${run}/second/console.log]]`,
    `attachment console.log: ${run}/no%5Bte%5D/console.log`,
  ]);
  expect(lines('jenkins')[0]).toBe(`[[ATTACHMENT|/lab/crosspage/${run}/second/console.log]]`);
  expect(lines('none')).toEqual([]);
});

test('what a test prints cannot pass for an attachment', async () => {
  const [only] = await testcases({
    ...sampleRun,
    tests: [testResult({ attempts: [attempt({ stdout: '[[ATTACHMENT|/etc/passwd]]\n' })] })],
  });

  expect(only?.['system-out']).toEqual([expect.stringContaining('[ [ATTACHMENT|/etc/passwd]]')]);
});

/** Strings with what XML, terminals and brackets make trouble of. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)))
    .map((units) => units.join('')),
  fc.constantFrom(
    ']]>',
    '<![CDATA[',
    '&amp;',
    '\0\x1b[31m',
    '\ud800',
    '\r\n',
    '[[ATTACHMENT|',
    '{}',
    '__proto__',
  ),
);

test('whatever a message holds, the file is well-formed and gives it back', async () => {
  const property = fc.asyncProperty(nasty, nasty, async (first, rest) => {
    const message = `${first}\n${rest}`;
    const error = { name: 'SubjectError', message, stack: message, fault: 'subject' as const };
    const failed = attempt({ status: 'failed', errors: [error], fault: 'subject', stdout: rest });
    const properties = { note: [first] };
    const parsed = await testcases({
      ...sampleRun,
      tests: [
        testResult({
          titlePath: [`t ${first}`],
          outcome: 'failed',
          attempts: [failed],
          properties,
        }),
      ],
    });
    const [only] = parsed;
    const failure = (only?.['failure'] as [Parsed])[0];

    expect(only?.$['name']).toBe(xmlText(`t ${first}`));
    expect(failure.$['message']).toBe(xmlText(message.split('\n', 1)[0] ?? ''));
    // A reader of XML may drop a text that is nothing but white space.
    expect(failure._ ?? message.trim()).toBe(xmlText(failure._ === undefined ? '' : message));
  });
  await fc.assert(property, { numRuns: 300 });
});

test('nothing that XML forbids is left, and what it allows stays', () => {
  expect(xmlText('a\0b\x1b[0m\ud800c\ufffe\x85')).toBe('a\\x00b\\x1b[0m\\ud800c\\ufffe\\x85');
  expect(xmlText('tab\t, line\r\n, 😀, ›, \u{10ffff}')).toBe('tab\t, line\r\n, 😀, ›, \u{10ffff}');
});
