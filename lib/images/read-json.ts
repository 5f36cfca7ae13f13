// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';
import { countText } from '../support/wording.ts';

/**
 * Reads `file` as JSON of the form `schema`.
 * @throws EnvironmentError when it is not there; MisuseError when it is not of that form.
 */
export function readJson<T>(file: string, schema: z.ZodType<T>, remedy: string): T {
  const parsed = schema.safeParse(parse(file, read(file, remedy), remedy));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? '(top level)' : path.join('.')}: ${message}`,
  );
  throw new MisuseError({
    who: file,
    what: `${countText(faults.length, 'fault')} in its content`,
    lastSeen: faults.join('\n'),
    where: file,
    remedy,
  });
}

function read(file: string, remedy: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EnvironmentError(
      { who: file, what: `cannot be read: ${messageOf(error)}`, remedy },
      { cause: error },
    );
  }
}

function parse(file: string, text: string, remedy: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new MisuseError(
      { who: file, what: `is not JSON: ${messageOf(error)}`, where: file, remedy },
      { cause: error },
    );
  }
}
