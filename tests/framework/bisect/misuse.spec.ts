// SPDX-License-Identifier: Apache-2.0
// What cannot be bisected is said before anything is booted.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { manyChanges } from '../../../lib/bench/many-changes.ts';
import { runCli } from '../cli/run-cli.ts';

const right = manyChanges({ innocent: 0 });

const cases: readonly {
  readonly title: string;
  readonly good?: string | undefined;
  readonly bad?: string;
  readonly more?: readonly string[];
  readonly says: RegExp;
}[] = [
  {
    title: 'a configuration that does not parse, with file, line and column',
    bad: '/dts-v1/;\n/ {\n  chosen { x = <1 };\n};\n',
    says: /bad\/host\.dts:3:19: [^]*3 \| {3}chosen \{ x = <1 \};/,
  },
  { title: 'ends that say the same', bad: right, says: /say the same: there is nothing between/ },
  {
    title: 'a test that there is not',
    bad: manyChanges({ innocent: 3 }),
    more: ['--test', 'mailbux'],
    says: /--test mailbux: is no test[^]*there are: mailbox, log, stats, boot/,
  },
  {
    title: 'a directory without a system',
    bad: '/dts-v1/; / { };',
    says: /has no device tree with a node "xen,domain"/,
  },
  {
    title: 'a format that there is not',
    bad: right,
    more: ['--format', 'yaml'],
    says: /--format yaml: is no format/,
  },
];

for (const { title, good = right, bad = '', more = [], says } of cases) {
  test(`refused: ${title}`, async ({}, { outputDir }) => {
    for (const [name, text] of Object.entries({ good, bad })) {
      mkdirSync(join(outputDir, name), { recursive: true });
      writeFileSync(join(outputDir, name, 'host.dts'), text);
    }
    const ends = ['--good', join(outputDir, 'good'), '--bad', join(outputDir, 'bad')];

    const { code, stdout, stderr } = await runCli([
      ...['bisect', 'config', ...ends, '--probe-kernels', '--directory', join(outputDir, 'state')],
      ...more,
    ]);

    expect(stderr).toMatch(says);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
}

test('refused: a directory that is not there, kernels that cannot tell', async ({}, {
  outputDir,
}) => {
  const nowhere = join(outputDir, 'nowhere');
  const example = join(import.meta.dirname, '../../../lib/bisect/example');
  const examples = ['--good', join(example, 'works'), '--bad', join(example, 'broken')];
  const [gone, kernels] = await Promise.all([
    runCli(['run', '--config', nowhere, '--probe-kernels']),
    runCli(['bisect', 'config', ...examples, '--directory', join(outputDir, 'state')]),
  ]);

  expect(gone.stderr).toContain(`${nowhere}: there is no such file or directory`);
  expect(kernels.stderr).toContain('add --probe-kernels');
  expect([gone.code, kernels.code]).toEqual([2, 2]);
});

test('git bisect run is never told by a wrong option that a revision is bad', async () => {
  const [unknown, missing, other] = await Promise.all([
    runCli(['bisect', 'step', '--confg', '.']),
    runCli(['bisect', 'step']),
    runCli(['bisect', 'xen', '--confg', '.']),
  ]);

  expect([unknown.code, missing.code, other.code]).toEqual([128, 128, 2]);
});

test('refused: a report in the place of a device', async ({}, { outputDir }) => {
  mkdirSync(outputDir, { recursive: true });
  writeFileSync(join(outputDir, 'host.dts'), right);
  const ends = ['--good', outputDir, '--bad', outputDir];

  const { code, stderr } = await runCli([
    ...['bisect', 'config', ...ends, '--probe-kernels', '--junit', '/dev/null'],
  ]);

  expect(stderr).toContain('--junit /dev/null: is no regular file');
  expect(code).toBe(2);
});
