// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { harnessHash } from '../../../lib/cli/harness.ts';

test('a harness is another one once a source of it is, and no other file', ({}, { outputDir }) => {
  mkdirSync(join(outputDir, 'trial'), { recursive: true });
  const write = (name: string, text: string): void => {
    writeFileSync(join(outputDir, name), text);
  };
  write('trial/a.ts', '1');
  const first = harnessHash(outputDir);
  write('trial/README.md', 'words');
  const documented = harnessHash(outputDir);
  write('trial/a.ts', '2');
  const changed = harnessHash(outputDir);
  write('a.ts', '2');

  expect(documented).toBe(first);
  expect(new Set([first, changed, harnessHash(outputDir)]).size).toBe(3);
  expect(harnessHash()).toBe(harnessHash());
});
