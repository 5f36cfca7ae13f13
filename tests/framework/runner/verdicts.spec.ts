// SPDX-License-Identifier: Apache-2.0
// What a user of the runner meets: exit codes, texts, reports.
import { readdir } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { finishRun, read, startRun } from './run.ts';

const verdicts = [
  { title: 'passes$', code: 0, junit: /<testcase name="[^"]*passes"/, text: /1 passed, 0 failed/ },
  {
    title: 'fails by what it asserts',
    code: 1,
    junit: /<failure message="expect\(owner\.page\(&apos;|<failure message="expect\(owner/,
    text: /expect\(owner\.page\('mailbox'\)\)\.toHold\(address pattern, seed 0x1\): 8 of 512 words differ/,
  },
  {
    title: 'a domain dies',
    code: 1,
    junit: /<failure [^>]*SubjectError/,
    text: /domain owner \(d1\): its probe took a fault that nothing expected/,
  },
  {
    title: 'misuses the specification',
    code: 2,
    junit: /<error [^>]*MisuseError/,
    text: /sharedMemory\.mailbox: has borrowers \(one\) and no owner/,
  },
  {
    title: 'boots a Xen that panics',
    code: 1,
    junit: /<failure [^>]*SubjectError/,
    text: /Xen died: Panic on CPU 0:/,
  },
  {
    title: 'needs what this board has not',
    code: 0,
    junit: /<skipped message="qemu-virt has no data-cache"/,
    text: /qemu-virt has no data-cache/,
  },
  { title: 'of one boot', code: 0, junit: /tests="2"/, text: /2 passed, 0 failed/ },
] as const;

for (const { title, code, junit, text } of verdicts)
  test(`"${title}" ends with exit code ${code} and says why`, async ({}, { outputDir }) => {
    const end = await finishRun(startRun(outputDir, title));

    expect(end.output).toMatch(text);
    expect(end.code).toBe(code);
    expect(await read(outputDir, 'junit.xml')).toMatch(junit);
  });

test('a boot that does not come up tells all the same what was booted', async ({}, {
  outputDir,
}) => {
  await finishRun(startRun(outputDir, 'boots a Xen that panics'));

  const { tests } = JSON.parse(await read(outputDir, 'results.json')) as {
    tests: { attempts: { facts: Record<string, string[]>; attachments: { name: string }[] }[] }[];
  };
  const [attempt] = tests[0]?.attempts ?? [];
  expect(attempt?.facts).toMatchObject({
    flavour: [expect.stringMatching(/./)],
    'config-sha256': [expect.stringMatching(/^[0-9a-f]{64}$/)],
    'qemu-version': [expect.stringMatching(/\d/)],
  });
  expect(attempt?.attachments.map(({ name }) => name)).toContain('booted.json');
});

test('a domain that a test ended is no burden for the next, nor is another system', async ({}, {
  outputDir,
}) => {
  const { code, output } = await finishRun(startRun(outputDir, 'after an end'));

  expect(output).toMatch(/3 passed, 0 failed/);
  expect(code).toBe(0);
  const boots = (await readdir(`${outputDir}/qemu-virt`)).filter((name) =>
    name.startsWith('boot-'),
  );
  expect(new Set(boots.map((name) => /-([0-9a-f]{8})-/.exec(name)?.[1])).size).toBe(2);
  expect(boots).toHaveLength(3);
});

test('a boot that the tests of a file share ends with the file', async ({}, { outputDir }) => {
  const run = startRun(outputDir, 'finds poison, and the same system|is alone after a file');
  const { code, output } = await finishRun(run);

  expect(output).toMatch(/2 passed, 0 failed/);
  expect(code).toBe(0);
});

test('a failed verdict shows the shape of the difference and where to look', async ({}, {
  outputDir,
}) => {
  const { output } = await finishRun(startRun(outputDir, 'fails by what it asserts'));

  for (const part of [
    'page      mailbox: 1 page at guest address 0x50000000, host address 0x60000000',
    'seen by   qemu-virt domain owner (d1), owner, mapped normal-write-back',
    'written   by borrower: constant 0x0000000000000000',
    'shape     8 words in 1 of 1 page, 1 whole 64-byte line',
    'words     offset 0x800: expected 0x0000000100000800, received 0x0000000000000000 (zero, as memory that nobody wrote)',
    'console.log:',
  ])
    expect(output).toContain(part);
});
