// SPDX-License-Identifier: Apache-2.0
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { TestError } from '@playwright/test/reporter';
import { faultOf, splitName } from './faults.ts';
import type { ErrorResult } from './model.ts';

/** What our errors tell of how far somebody came: see ErrorStory.reached. */
const reachedLine = /^ {2}reached: (.+)$/m;

/** How Playwright words the end of its own patience: of a test, a hook or a fixture. */
const timeOut = /\btimeout of \d+ms exceeded|\btimeout \d+ms exceeded/i;

function stackOf(error: TestError): string {
  const own = error.stack ?? error.message ?? error.value ?? '';
  return error.cause === undefined ? own : `${own}\n[cause]: ${stackOf(error.cause)}`;
}

/** Playwright's error as a value: escape sequences stripped, its fault derived. */
export function convertError(error: TestError, root: string): ErrorResult {
  const text = stripVTControlCharacters(error.message ?? error.value ?? 'nothing was told');
  const { name, message } = splitName(text);
  // Playwright's own words come with no name before them.
  const told = { name: message === text && timeOut.test(text) ? 'TimeoutError' : name, message };
  const { location, snippet } = error;
  const fault = faultOf(told);
  const reached = reachedLine.exec(told.message)?.[1];
  return {
    ...told,
    stack: stripVTControlCharacters(stackOf(error)),
    ...(snippet !== undefined && { snippet: stripVTControlCharacters(snippet) }),
    ...(location && { location: { ...location, file: relative(root, location.file) } }),
    ...(fault && { fault }),
    ...(reached !== undefined && { reached }),
  };
}
