// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from 'node:fs';
import { findTool, lastLines, tryTool } from '../host/tools.ts';
import { EnvironmentError } from '../support/errors.ts';
import { Lines, SourceError, type SourceProblem, type SourceText } from '../support/source-text.ts';

const fix = 'put the file there, or give the file that cpp makes, or a .dtb';

/** What cpp says of files: `FILE:LINE:COLUMN: fatal error: …`. */
function problemsIn(said: string): SourceProblem[] {
  return [...said.matchAll(/^(.+?):(\d+):(\d+): (?:fatal )?error: (.*)$/gm)].map(
    ([, file = '', line, column, what = '']) => {
      const place = { file, line: Number(line), column: Number(column), length: 1 };
      const there = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
      const text = there
        ? new Lines({ file, text: readFileSync(file, 'utf8') }).text(place.line)
        : '';
      return { place, what: `cpp: ${what}`, line: text, fix };
    },
  );
}

/**
 * Sources with `#include` or macros go through the C preprocessor, as the kernel's do.
 *
 * @throws SourceError for what it refuses, with the place; EnvironmentError where it cannot be run.
 */
export async function preprocessed(source: SourceText): Promise<SourceText> {
  if (!/^\s*#\s*(?:include|define|if(?:n?def)?)\b(?!-)/m.test(source.text)) return source;
  const { file } = source;
  const args = ['-nostdinc', '-undef', '-D__DTS__', '-x', 'assembler-with-cpp', file];
  // In another language, an error is not called so.
  const { code, stdout, stderr } = await tryTool('cpp', args, { env: { LC_ALL: 'C' } });
  if (code === 0) return { file, text: stdout };
  const problems = problemsIn(stderr);
  if (problems.length > 0) throw new SourceError(file, problems);
  throw new EnvironmentError({
    who: file,
    what: 'cannot be preprocessed',
    lastSeen: lastLines(stderr),
    remedy:
      findTool('cpp') === undefined
        ? 'install cpp (Debian: cpp), or give the file that it makes, or a .dtb'
        : 'give the file that cpp makes, or a .dtb',
  });
}
