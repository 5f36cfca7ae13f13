// SPDX-License-Identifier: Apache-2.0
// Run from a hook of git, or with a directory that is no repository: the right one, and the right words.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { GitTree } from '../../../lib/bisect/git-tree.ts';
import { env, runCli } from '../cli/run-cli.ts';
import { SmallRepository } from './small-repository.ts';
import { lessMemory } from './small-ends.ts';

const guest = (memory: number): string => `name = "radar"\nmemory = ${memory}\n`;

test('what a hook of git has in its environment leads to no other repository', async ({}, {
  outputDir,
}) => {
  test.setTimeout(120_000);
  const mine = new SmallRepository(
    join(outputDir, 'mine'),
    [guest(64), guest(64).replace('radar', 'x'), guest(128)],
    'radar.cfg',
  );
  const other = new SmallRepository(join(outputDir, 'other'), ['a', 'b', 'c', 'd']);
  const before = [mine, other].map((one) => one.state());

  const { code, stdout, stderr } = await runCli(
    [
      ...['bisect', 'config', '--repository', mine.directory, '--good', 'HEAD~2', '--bad', 'HEAD'],
      ...['--directory', join(outputDir, 'state'), '--test-command', lessMemory],
    ],
    env({
      GIT_DIR: join(other.directory, '.git'),
      GIT_WORK_TREE: other.directory,
      GIT_INDEX_FILE: join(other.directory, '.git/index'),
    }),
  );

  expect(stderr).not.toContain('no such commit');
  expect(stdout).toContain(`${mine.commits[2]?.slice(0, 12)} change 2`);
  expect(code).toBe(0);
  expect([mine, other].map((one) => one.state())).toEqual(before);
});

test('hooks of a repository are not run in a worktree of ours', async ({}, { outputDir }) => {
  const { directory } = new SmallRepository(join(outputDir, 'xen'), ['a', 'b']);
  const hook = join(directory, '.git/hooks/post-checkout');
  const ran = join(outputDir, 'ran');
  mkdirSync(join(directory, '.git/hooks'), { recursive: true });
  writeFileSync(hook, `#!/bin/sh\ntouch '${ran}'\n`);
  chmodSync(hook, 0o755);

  await using tree = await GitTree.open(directory, join(outputDir, 'tree'), 'HEAD');
  await tree.checkOut('HEAD~1');

  expect(existsSync(ran)).toBe(false);
});

test('a directory that is no repository is told as what it was given for', async ({}, {
  outputDir,
}) => {
  test.setTimeout(120_000);
  mkdirSync(outputDir, { recursive: true });
  const ends = ['--good', 'a', '--bad', 'b'];
  const example = ['--config', 'lib/bisect/example/works', '--probe-kernels'];
  const [configuration, gone, xen] = await Promise.all([
    runCli(['bisect', 'config', '--repository', '/', ...ends, '--test-command', 'true']),
    runCli([
      ...['bisect', 'config', '--repository', join(outputDir, 'gone'), ...ends],
      ...['--test-command', 'true'],
    ]),
    runCli(['bisect', 'xen', '--source', '/', ...ends, ...example]),
  ]);

  expect(configuration.stderr).toMatch(
    /^\/: is no git repository\n {2}to do: give the git repository that the configuration is kept in/,
  );
  expect(gone.stderr).toMatch(/gone: there is no such directory\n {2}to do: give the git repo/);
  expect(xen.stderr).toMatch(/^\/: is no git repository\n {2}to do: give a clone of Xen/);
  expect([configuration.code, gone.code, xen.code]).toEqual([2, 2, 2]);
});

test('what git is to do for the user’s eyes does not reach what is read of it', async ({}, {
  outputDir,
}) => {
  const repository = new SmallRepository(join(outputDir, 'xen'), ['a', 'b'], 'für alle');
  repository.git('config', 'color.ui', 'always');
  const directory = join(outputDir, 'tree');
  await using tree = await GitTree.open(repository.directory, directory, 'HEAD');

  const told = await tree.describe(await tree.head());

  expect(told).not.toContain('\u001b');
  expect(told).toContain(' für alle | 2 +-');
});
