// SPDX-License-Identifier: Apache-2.0
// What becomes of an attempt and of an error as Playwright tells them.
import { expect, test } from '@playwright/test';
import type { TestCase, TestResult } from '@playwright/test/reporter';
import { convertAttempt } from '../../../lib/report/convert-attempt.ts';
import { convertError } from '../../../lib/report/convert-error.ts';
import { SubjectError } from '../../../lib/support/errors.ts';

interface Attempt {
  readonly run: string;
  readonly host: string;
  readonly configuration: string;
  readonly test: string;
  readonly retry: number;
}

const first: Attempt = { run: 'run-1', host: 'lab-1', configuration: 'ab', test: 'x', retry: 0 };

function idOf(changes: Partial<Attempt>, directory: string): string {
  const { run, host, configuration, test: id, retry } = { ...first, ...changes };
  const annotations = [{ type: 'crosspage:config-sha256', description: configuration }];
  const nothing = { errors: [], attachments: [], stdout: [], stderr: [] };
  const ended = { status: 'passed', startTime: new Date(0), duration: 0, retry, annotations };
  const place = { id: run, host, root: directory, directory };
  const result = { ...nothing, ...ended } as unknown as TestResult;
  return convertAttempt({ expectedStatus: 'passed' } as TestCase, result, id, place).id;
}

test('a result is known by its run, host, configuration, test and attempt', ({}, { outputDir }) => {
  const known = idOf({}, outputDir);

  expect(idOf({}, `${outputDir}/copy`)).toBe(known);
  const others: Partial<Attempt>[] = [
    { run: 'run-2' },
    { host: 'lab-2' },
    { configuration: 'cd' },
    { test: 'y' },
    { retry: 1 },
  ];
  const ids = others.map((changes) => idOf(changes, outputDir));
  expect(new Set([known, ...ids]).size).toBe(6);
});

test('how far it came is a value of the error, where the error tells it', () => {
  const story = { who: 'zcu102-a', what: 'Xen hangs', lastSeen: 'one\nreached: two' };
  const told = (reached?: string): string | undefined => {
    const { name, message } = new SubjectError({ ...story, reached });
    return convertError({ message: `${name}: ${message}` }, '/').reached;
  };

  expect(told('started 80 ms, xen 400 ms')).toBe('started 80 ms, xen 400 ms');
  expect(told()).toBeUndefined();
});
