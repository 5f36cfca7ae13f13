// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@playwright/test';
import { convertError } from '../../../lib/report/convert-error.ts';
import { decidingError, faultOf, headlineOf, typeOf } from '../../../lib/report/faults.ts';

const lib = join(import.meta.dirname, '../../../lib');

for (const [message, fault, type, headline] of [
  [
    "Error: expect(owner.page('mailbox')).toHold(noise 7)\n\n  shape: 1 cache line",
    'assertion',
    'expect.toHold',
    "expect(owner.page('mailbox')).toHold(noise 7)",
  ],
  [
    'Error: \x1b[2mexpect(\x1b[22m\x1b[31mreceived\x1b[39m\x1b[2m).\x1b[22mnot\x1b[2m.\x1b[22mtoBe\x1b[2m(\x1b[22mexpected\x1b[2m)\x1b[22m',
    'assertion',
    'expect.toBe',
    'expect(received).not.toBe(expected)',
  ],
  [
    'Error: after the reset\n\nexpect(received).toEqual(expected)',
    'assertion',
    'expect.toEqual',
    'after the reset: expect(received).toEqual(expected)',
  ],
  ['AssertionError: 1 == 2', 'assertion', 'AssertionError', '1 == 2'],
  ['SubjectError: Xen: panic\n  look at: x.log', 'subject', 'SubjectError', 'Xen: panic'],
  ['DataAbortError: owner: data abort', 'subject', 'DataAbortError', 'owner: data abort'],
  ['MisuseError: board: unknown', 'misuse', 'MisuseError', 'board: unknown'],
  ['EnvironmentError: port: gone', 'environment', 'EnvironmentError', 'port: gone'],
  // The words of a matcher inside of another error are not its verdict.
  ['EnvironmentError: saw\n\nexpect(x).toBe(y)', 'environment', 'EnvironmentError', undefined],
  ['TypeError: no toBe\n\nexpect(x).toBe(y)', undefined, 'TypeError', undefined],
  ['TypeError: x is undefined', undefined, 'TypeError', 'x is undefined'],
  ['Error: we expect(ed) more', undefined, 'Error', 'we expect(ed) more'],
  ['Test timeout of 100ms exceeded.', undefined, 'TimeoutError', undefined],
  [
    'Fixture "system" timeout of 100ms exceeded during setup.',
    undefined,
    'TimeoutError',
    undefined,
  ],
  ['"beforeEach" hook timeout of 100ms exceeded.', undefined, 'TimeoutError', undefined],
] as const) {
  const [shown] = stripVTControlCharacters(message).split('\n');
  test(`the fault of "${shown ?? ''}" is ${fault ?? 'not known'}`, () => {
    const error = convertError({ message }, '/');

    expect({ fault: error.fault, type: typeOf(error) }).toEqual({ fault, type });
    expect(headlineOf(error)).toBe(headline ?? headlineOf(error));
  });
}

test('of several errors the first whose fault is known decides', () => {
  const [timeOut, panic, gone] = [
    'Test timeout of 1ms exceeded.',
    'SubjectError: Xen: panic',
    'EnvironmentError: port: gone',
  ].map((message) => convertError({ message }, '/'));
  if (!timeOut || !panic || !gone) throw new Error('three errors are three');

  expect(decidingError([timeOut, panic, gone])).toBe(panic);
  expect(decidingError([gone, panic])).toBe(gone);
  expect(decidingError([timeOut])).toBe(timeOut);
  expect(decidingError([])).toBeUndefined();
});

test('a cause is told, and a place is relative to the project', () => {
  const error = convertError(
    {
      message: 'Error: a',
      stack: 'Error: a\n    at /p/x.ts:1:2',
      cause: { message: 'Error: b', stack: 'Error: b\n    at /p/y.ts:3:4' },
      location: { file: '/p/x.ts', line: 1, column: 2 },
    },
    '/p',
  );

  expect(error.stack).toBe('Error: a\n    at /p/x.ts:1:2\n[cause]: Error: b\n    at /p/y.ts:3:4');
  expect(error.location).toEqual({ file: 'x.ts', line: 1, column: 2 });
});

test('what is thrown without being an error is told by its value', () => {
  expect(convertError({ value: "'just words'" }, '/')).toMatchObject({ message: "'just words'" });
});

test('a test without a board has a fault of its own', () => {
  expect(faultOf({ name: 'BlockedError', message: 'zcu102-a: is held' })).toBe('blocked');
});

test('every class of ours that says whose fault it is does so in the reports', () => {
  const bases = { MisuseError: 'misuse', EnvironmentError: 'environment', SubjectError: 'subject' };
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((name) => name.endsWith('.ts')).map((name) => join(lib, name));
  const classes = sources.flatMap((path) => [
    ...readFileSync(path, 'utf8').matchAll(/class (\w+) extends (\w+)\b/g),
  ]);
  const baseOf = new Map(classes.map(([, name = '', base = '']) => [name, base]));
  /** Its fault, by the class that it comes from, however far off. */
  const inherited = (name: string): string | undefined =>
    name in bases ? bases[name as keyof typeof bases] : inheritedBy(baseOf.get(name));
  const inheritedBy = (base: string | undefined): string | undefined =>
    base === undefined ? undefined : inherited(base);
  const ours = [...baseOf.keys()].flatMap((name) => {
    const fault = inherited(name);
    return fault === undefined || name in bases || name === 'BlockedError' ? [] : [[name, fault]];
  });

  expect(ours.length).toBeGreaterThan(0);
  expect(ours.map(([name = '']) => [name, faultOf({ name, message: '' })])).toEqual(ours);
});
