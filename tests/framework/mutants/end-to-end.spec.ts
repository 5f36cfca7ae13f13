// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from '@playwright/test';
import { openCatalogue } from '../../../lib/images/catalogue.ts';
import { prepareImages } from '../../../lib/images/index.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { matrixSchema } from '../../../lib/mutants/model.ts';
import { env, runCli } from '../cli/run-cli.ts';
import { failureOf } from '../images/failure-of.ts';

const places = placesOf();
const spec = 'tests/shared-memory/owner-and-borrower.spec.ts';

// The first run compiles Xen; each is slower on a machine that does other things too.
test.describe.configure({ timeout: 540_000 });

test('a mutant is killed by the suite that passes on the control, and the matrix says by what', async ({}, info) => {
  const directory = info.outputPath('run');
  const run = relative(join(places.root, 'reports'), directory);

  const { code, stdout, stderr } = await runCli(
    ['mutants', 'borrower-read-only', 'check-without-reading', '--tests', spec],
    env({ CROSSPAGE_RUN: run }),
  );

  const text = readFileSync(join(directory, 'mutants.json'), 'utf8');
  const { control, mutants } = matrixSchema.parse(JSON.parse(text));
  expect(control?.verdict).toBe('survived');
  expect(control?.tests).toBeGreaterThan(1);
  expect(mutants).toMatchObject([
    {
      name: 'borrower-read-only',
      verdict: 'killed',
      kill: { fault: 'subject', message: expect.stringContaining('did not answer "fill') },
    },
    {
      name: 'check-without-reading',
      verdict: 'killed',
      kill: {
        fault: 'assertion',
        test: expect.stringMatching(/the \w+ word, changed by one side/),
      },
    },
  ]);
  expect(stderr).toMatch(/borrower-read-only +killed +[\d.]+ s {2}owner-and-borrower › /);
  expect(stdout).toContain('2 mutants: 2 killed, 0 survived, 0 excused, 0 without a verdict');
  expect(code).toBe(0);
});

test('a mutant that the chosen tests cannot see survives, with exit code 1', async ({}, info) => {
  const directory = info.outputPath('run');
  const run = relative(join(places.root, 'reports'), directory);

  const { code, stdout } = await runCli(
    ['mutants', 'first-region-host-address', '--tests', spec],
    env({ CROSSPAGE_RUN: run }),
  );

  expect(stdout).toContain('survivors, each a missing test: first-region-host-address\n');
  expect(readFileSync(join(directory, 'junit.xml'), 'utf8')).toContain(
    'no test fails although of the first region',
  );
  expect(code).toBe(1);
});

test('mutants are refused while something else chooses what is booted', async () => {
  const { code, stderr } = await runCli(['mutants'], env({ CROSSPAGE_MUTATE: 'console-replays' }));

  expect(stderr).toContain(
    'mutants: CROSSPAGE_MUTATE chooses what is booted, and so does each mutant',
  );
  expect(code).toBe(2);
});

for (const [what, change, message] of [
  ['does not apply', '-static int __init no_such_line(', 'the patch does not apply to Xen'],
  ['does not compile', undefined, 'the patched Xen does not compile'],
] as const)
  test(`a patch that ${what} is an error that names it`, async ({}, info) => {
    const root = info.outputPath('project');
    mkdirSync(join(root, 'images'), { recursive: true });
    cpSync(join(places.root, 'images/xen'), join(root, 'images/xen'), { recursive: true });
    symlinkSync(join(places.root, 'images/probe'), join(root, 'images/probe'));
    const patch = join(root, 'images/xen/mutants/borrower-read-only.patch');
    const text = readFileSync(patch, 'utf8');
    const broken =
      change === undefined
        ? text.replace('p2m_map_foreign_ro)', 'p2m_map_foreign_rx)')
        : text.replace(/^-.*p2m_map_foreign_rw.*$/m, change);
    writeFileSync(patch, broken);

    const catalogue = { ...openCatalogue({ ...places, root }) };
    const error = await failureOf(() =>
      prepareImages(['xen-mutant-borrower-read-only'], { catalogue, quiet: true }),
    );

    expect(error.fault).toBe('environment');
    expect(error.message).toContain(`mutant borrower-read-only: ${message}`);
    expect(error.message).toContain(`look at: ${patch}`);
  });
