// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { RepositoryEnds } from '../../../lib/cli/repository-ends.ts';
import { runCli } from '../cli/run-cli.ts';
import { SmallRepository } from './small-repository.ts';

test('two revisions are directories, called as git calls them, and are gone afterwards', async ({}, {
  outputDir,
}) => {
  const repository = new SmallRepository(join(outputDir, 'conf'), ['first', 'second']);
  const before = repository.state();
  const short = repository.commits.map((commit) => commit.slice(0, 12));
  let directory: string;
  {
    using ends = await RepositoryEnds.open(repository.directory, { good: 'HEAD~1', bad: 'HEAD' });
    directory = dirname(ends.good);

    const texts = [ends.good, ends.bad].map((end) => readFileSync(join(end, 'file'), 'utf8'));
    expect(texts).toEqual(['first', 'second']);
    expect(ends.named(`${join(ends.bad, 'file')}:3:1`)).toBe(`${short[1]}:file:3:1`);
  }
  expect(existsSync(directory)).toBe(false);
  expect(repository.state()).toBe(before);
});

test('a revision is what a checkout has, whatever its attributes say of archives', async ({}, {
  outputDir,
}) => {
  const repository = new SmallRepository(join(outputDir, 'conf'), ['first'], 'sub/file');
  writeFileSync(
    join(repository.directory, '.gitattributes'),
    'file export-ignore\nnote export-subst\n',
  );
  writeFileSync(join(repository.directory, 'sub/note'), '$Format:%H$');
  repository.git('add', '.');
  repository.git('commit', '--quiet', '-m', 'attributes');
  writeFileSync(join(repository.directory, 'sub/file'), 'staged');
  repository.git('add', '.');
  const bare = join(outputDir, 'bare');
  repository.git('clone', '--quiet', '--bare', '.', bare);
  const before = repository.state();

  for (const [place, path] of [
    [repository.directory, 'sub'],
    [join(repository.directory, 'sub'), ''],
    [bare, 'sub'],
  ] as const) {
    using ends = await RepositoryEnds.open(place, { good: 'HEAD~1', bad: 'HEAD' }, path);
    expect(readdirSync(ends.bad)).toEqual(['file', 'note']);
    const texts = ['file', 'note'].map((name) => readFileSync(join(ends.bad, name), 'utf8'));
    expect(texts).toEqual(['first', '$Format:%H$']);
  }
  expect(repository.state()).toBe(before);
});

test('a directory that a revision has not is refused, and nothing is left', async ({}, {
  outputDir,
}) => {
  const repository = new SmallRepository(join(outputDir, 'conf'), ['first', 'second']);
  const revisions = { good: 'HEAD~1', bad: 'HEAD' };

  await expect(RepositoryEnds.open(repository.directory, revisions, 'nowhere')).rejects.toThrow(
    /^[0-9a-f]{12}:nowhere: there is no such directory/,
  );
});

test('what is no repository, no revision or no tree of Xen is refused before anything is built', async ({}, {
  outputDir,
}) => {
  const { directory } = new SmallRepository(join(outputDir, 'xen'), ['first', 'second']);
  const example = ['--config', 'lib/bisect/example/works', '--probe-kernels'];
  const state = ['--directory', join(outputDir, 'state')];
  const [alone, revision, step, tree] = await Promise.all([
    runCli(['bisect', 'config', '--good', 'a', '--bad', 'b', '--path', 'conf', '--probe-kernels']),
    runCli(['bisect', 'xen', '--source', directory, '--good', 'v1', '--bad', 'HEAD', ...example]),
    runCli(['bisect', 'step', '--source', outputDir, '--test', 'none', ...example, ...state]),
    runCli(['bisect', 'step', '--source', directory, ...example, ...state]),
  ]);

  expect(alone.stderr).toContain('--path conf: is a directory of a repository, and none is given');
  expect(revision.stderr).toContain('revision v1: there is no such commit');
  expect(step.stderr).toContain('--test none: is no test');
  expect(tree.stderr).toContain('is no tree of Xen');
  // 128 ends `git bisect run`.
  expect([alone, revision, step, tree].map(({ code }) => code)).toEqual([2, 2, 128, 128]);
});
