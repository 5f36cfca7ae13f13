// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';

const script = join(import.meta.dirname, '../../../.ci/run');

for (const [what, npm, last, code] of [
  ['a check fails', 'exit 1', '0 passed, 1 failed', 1],
  ['the set-up of the tests fails', '[ "$1" = run ] || exit 3', '1 passed, 1 failed', 3],
  [
    'tests fail',
    '[ "$1" = run ] || { echo "7 passed, 2 failed, 1 skipped"; exit 1; }',
    '7 passed, 2 failed',
    1,
  ],
  [
    'all is well',
    '[ "$1" = run ] || echo "9 passed, 0 failed, 1 skipped"',
    '9 passed, 0 failed',
    0,
  ],
] as const)
  test(`the last line of CI counts, when ${what}`, ({}, info) => {
    mkdirSync(info.outputPath('.ci'), { recursive: true });
    cpSync(script, info.outputPath('.ci/run'));
    writeFileSync(info.outputPath('npm'), `#!/bin/sh\n${npm}\n`);
    chmodSync(info.outputPath('npm'), 0o755);
    const { stdout, status } = spawnSync('bash', [info.outputPath('.ci/run')], {
      encoding: 'utf8',
      env: { PATH: `${info.outputPath()}:${process.env['PATH'] ?? ''}` },
    });

    expect(stdout.trimEnd().split('\n').at(-1)).toBe(last);
    expect(status).toBe(code);
  });
