// SPDX-License-Identifier: Apache-2.0
// Reports that cannot be written when all is done: what was found out is told all the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { runCli } from '../cli/run-cli.ts';
import { bisectCommand, lessMemory, smallEnds } from './small-ends.ts';

test('a report that cannot be written in the end does not cost the answer, nor the other report', async ({}, {
  outputDir,
}) => {
  test.setTimeout(120_000);
  const ends = smallEnds(outputDir);
  const gone = join(outputDir, 'gone');
  const html = join(outputDir, 'answer.html');
  // While it runs, a file takes the place of the directory of a report.
  const taken = `rm -rf '${gone}'; touch '${gone}'; ${lessMemory}`;

  const { code, stdout, stderr } = await runCli(
    bisectCommand(
      ends,
      join(outputDir, 'state'),
      ...['--test-command', taken, '--junit', join(gone, 'answer.xml'), '--html', html],
    ),
  );

  expect(stdout).toContain('this change alone breaks it (1 of 1 change)\n\nkey changed: memory\n');
  expect(stderr).toMatch(
    /--junit .*answer\.xml: could not be written; the answer is above\n {2}last seen: .*(?:EEXIST|ENOTDIR)[^]*give the command again/,
  );
  expect(code).toBe(3);
  expect(readFileSync(html, 'utf8')).toContain('what breaks it: key changed: memory');
});
