// SPDX-License-Identifier: Apache-2.0
// Worktrees of ours go, whatever ended the run; those of the user stay, wherever they are.
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { GitTree } from '../../../lib/bisect/git-tree.ts';
import { prune } from '../../../lib/bisect/keeping.ts';
import { removeWorktree } from '../../../lib/bisect/worktrees.ts';
import { SmallRepository } from './small-repository.ts';

const bounds = { maxBytes: 10_000, maxAgeMs: 1e9 };

test('the worktree of a run that was killed is pruned, that of one that runs and those of the user stay', async ({}, {
  outputDir,
}) => {
  const repository = new SmallRepository(join(outputDir, 'xen'), ['a', 'b']);
  const state = join(outputDir, 'state');
  const away = join(outputDir, 'of the user');
  repository.git('worktree', 'add', '--quiet', '--detach', away);
  // As on a disk that is not mounted.
  renameSync(away, `${away}, not mounted`);
  const before = repository.state();
  const name = join(state, `xen-${'1'.repeat(12)}`);
  // Above the largest number that Linux gives a process.
  const killed = `${name}-4194305`;
  repository.git('worktree', 'add', '--quiet', '--detach', killed);

  {
    await using mine = await GitTree.open(repository.directory, `${name}-${process.pid}`, 'HEAD');
    const dry = await prune(state, { ...bounds, dryRun: true });
    expect(existsSync(killed)).toBe(true);
    const { gone } = await prune(state, bounds);

    expect([dry.gone, gone].map((each) => each.map(({ path }) => path))).toEqual([
      [killed],
      [killed],
    ]);
    expect(existsSync(killed)).toBe(false);
    expect(existsSync(join(mine.directory, 'file'))).toBe(true);
  }
  expect(repository.state()).toBe(before);
});

test('a worktree whose repository names it by a relative path goes without a trace', ({}, {
  outputDir,
}) => {
  const repository = new SmallRepository(join(outputDir, 'xen'), ['a']);
  const before = repository.state();
  const away = join(outputDir, 'state/tree');
  repository.git('worktree', 'add', '--quiet', '--detach', away);
  // As git 2.48 writes them where worktree.useRelativePaths is set.
  writeFileSync(join(away, '.git'), 'gitdir: ../../xen/.git/worktrees/tree\n');
  const record = join(repository.directory, '.git/worktrees/tree');
  writeFileSync(join(record, 'gitdir'), '../../../../state/tree/.git\n');

  removeWorktree(away);

  const traces = [away, record, dirname(record)];
  expect(traces.filter((path) => existsSync(path))).toEqual([]);
  expect(repository.state()).toBe(before);
});
