// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { isSecretName, isSecretOption, variableName } from './hide-secrets.ts';
import { unescapeBytes } from './unescape-bytes.ts';

/** Messages of checks here say what was expected: they go behind "expected". */

/** A number of milliseconds. */
export const duration = z.number().int().positive();

export const port = z.number().int().min(1).max(65_535);

export const host = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/, 'a host name or an address, without a port');

export const path = z.string().min(1, 'a path');

export const ipv4 = z.ipv4('an IPv4 address such as 10.0.0.2');

/** A reference to a secret; never the secret. */
export const secret = z
  .union(
    [
      z.strictObject({
        env: z
          .string()
          .regex(variableName, 'the name of a variable in capitals, not the secret itself')
          .describe('Name of a variable of the environment.'),
      }),
      z.strictObject({
        file: path.describe('Path of a file that not everybody may read; `chmod 600` it.'),
      }),
    ],
    { error: 'a reference to a secret: { env: NAME } or { file: PATH }' },
  )
  .describe('Where a secret is: `{ env: NAME }` or `{ file: PATH }`. Never the secret itself.');

function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false;
  }
}

/** A regular expression of JavaScript. */
export const pattern = z.string().min(1).refine(isPattern, 'a regular expression');

/** A program and its arguments, run without a shell. */
export const command = z
  .array(z.string())
  .refine(
    (argv) => (argv[0] ?? '') !== '',
    'a program with its arguments: [program, argument, ...]',
  )
  .refine(
    (argv) => !argv.some(isSecretOption),
    'no secret among arguments, where every user of the machine sees it: hand it over by environment: { NAME: { env: NAME } }',
  );

/** Text, or a reference where it is secret. */
export const perhapsSecret = z
  .record(z.string().min(1), z.union([secret, z.string()], { error: 'a text, or { env: NAME }' }))
  .superRefine((values, context) => {
    for (const [name, value] of Object.entries(values))
      if (typeof value === 'string' && isSecretName(name))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'a reference to a secret: { env: NAME } or { file: PATH }',
        });
  });

function parsedUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

export const url = z
  .string()
  .refine((text) => /^https?:$/.test(parsedUrl(text)?.protocol ?? ''), 'an address: http://...')
  .refine((text) => {
    const parsed = parsedUrl(text);
    if (parsed === undefined) return true;
    const asked = [...parsed.searchParams.keys()];
    return parsed.username === '' && parsed.password === '' && !asked.some(isSecretName);
  }, 'an address without a secret in it: use login, token or headers');

/** Bytes as text, with escapes that YAML did not resolve. */
export const bytes = z
  .string()
  .min(1, 'at least one byte')
  .refine(
    (text) => unescapeBytes(text) !== undefined,
    String.raw`bytes: ASCII, \r, \n, \t, \e, \\ and \x00 to \xff`,
  );

/** A day that there is. */
export const day = z.string().refine((text) => {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}, 'a day as 2026-12-24');
