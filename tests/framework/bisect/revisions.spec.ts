// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { checkAncestry, commitOf, GitTree } from '../../../lib/bisect/git-tree.ts';
import { bisectRevisions, type Built, type RevisionResult } from '../../../lib/bisect/revisions.ts';
import { ObservationStore } from '../../../lib/bisect/store.ts';
import { SmallRepository } from './small-repository.ts';

const broken = 'the system comes up (panic)';

/** What a revision's file says of it. */
function builtFrom(tree: GitTree): Built {
  const content = readFileSync(join(tree.directory, 'file'), 'utf8');
  if (content.includes('error')) return { kind: 'unbuildable', why: 'file: #error' };
  const faults = content.includes('bad') ? [{ assertion: broken, message: content }] : [];
  const run = (): Promise<{ faults: typeof faults; present: string[]; tookMs: number }> =>
    Promise.resolve({ faults, present: [], tookMs: 1 });
  return { kind: 'built', runnable: { key: content, run } };
}

async function bisected(
  repository: SmallRepository,
  outputDir: string,
): Promise<RevisionResult & { directory: string }> {
  const directory = join(outputDir, 'tree');
  const [good = '', bad = ''] = [repository.commits[0], repository.commits.at(-1)];
  await using tree = await GitTree.open(repository.directory, directory, bad);
  const result = await bisectRevisions({
    tree,
    good,
    bad,
    question: { expected: [], tests: [] },
    store: new ObservationStore(join(outputDir, 'known.json')),
    build: () => Promise.resolve(builtFrom(tree)),
  });
  return { ...result, directory };
}

const contents = (count: number, from: number): string[] =>
  Array.from({ length: count }, (_unused, index) => `${index} ${index >= from ? 'bad' : ''}`);

test('the first bad commit is found, and a dirty tree is as it was', async ({}, { outputDir }) => {
  const repository = new SmallRepository(join(outputDir, 'xen'), contents(33, 21));
  writeFileSync(join(repository.directory, 'file'), 'work that is not committed');
  writeFileSync(join(repository.directory, 'new'), '');
  const before = repository.state();

  const { commits, faults, steps, directory } = await bisected(repository, outputDir);

  expect(commits).toEqual([repository.commits[21]]);
  expect(faults).toEqual([{ assertion: broken, message: '21 bad' }]);
  expect(steps).toBe(5);
  expect(repository.state()).toBe(before);
  expect(readFileSync(join(repository.directory, 'file'), 'utf8')).toBe(
    'work that is not committed',
  );
  expect(existsSync(directory)).toBe(false);
});

test('a bisection that the user has under way is not disturbed', async ({}, { outputDir }) => {
  const repository = new SmallRepository(join(outputDir, 'xen'), contents(9, 4));
  repository.git('bisect', 'start', repository.commits[8] ?? '', repository.commits[0] ?? '');
  const before = [repository.state(), repository.git('bisect', 'log')];

  await bisected(repository, outputDir);

  expect([repository.state(), repository.git('bisect', 'log')]).toEqual(before);
});

test('what does not build is skipped, and told', async ({}, { outputDir }) => {
  const all = contents(17, 11).with(8, 'error').with(9, 'error');
  const repository = new SmallRepository(join(outputDir, 'xen'), all);

  const { commits, skipped } = await bisected(repository, outputDir);

  expect(commits).toEqual([repository.commits[11]]);
  expect(skipped[0]).toMatchObject({
    commit: repository.commits[8],
    why: 'does not build: file: #error',
  });
});

test('where those before the first bad one cannot be judged, all that it may be are told', async ({}, {
  outputDir,
}) => {
  const all = contents(9, 5).with(4, 'error');
  const repository = new SmallRepository(join(outputDir, 'xen'), all);

  const { commits } = await bisected(repository, outputDir);

  expect([...commits].sort()).toEqual([repository.commits[4], repository.commits[5]].sort());
});

test('ends that are not what they are said to be are refused', async ({}, { outputDir }) => {
  const good = new SmallRepository(join(outputDir, 'all-good'), contents(4, 9));
  const bad = new SmallRepository(join(outputDir, 'all-bad'), contents(4, 0));

  await expect(bisected(good, join(outputDir, '1'))).rejects.toThrow(
    /bad end [0-9a-f]{12}: is not bad/,
  );
  await expect(bisected(bad, join(outputDir, '2'))).rejects.toThrow(
    /good end [0-9a-f]{12}: is not good/,
  );
});

test('an end that does not build is refused', async ({}, { outputDir }) => {
  const repository = new SmallRepository(join(outputDir, 'xen'), ['error', 'bad']);

  await expect(bisected(repository, outputDir)).rejects.toThrow(/good end \w+: does not build/);
});

test('a revision that there is not, no repository, ends the wrong way round', async ({}, {
  outputDir,
}) => {
  const repository = new SmallRepository(join(outputDir, 'xen'), contents(3, 1));
  const [first = '', , last = ''] = repository.commits;
  const { directory } = repository;

  await expect(commitOf(directory, 'RELEASE-9')).rejects.toThrow(
    'RELEASE-9: there is no such commit',
  );
  await expect(commitOf(join(outputDir, 'none'), 'HEAD')).rejects.toThrow('no such directory');
  await expect(commitOf('/', 'HEAD')).rejects.toThrow('/: is no git repository');
  await expect(checkAncestry(directory, last, first)).rejects.toThrow('does not come before');
  await expect(checkAncestry(directory, first, first)).rejects.toThrow('is both ends');
  expect(await commitOf(directory, 'HEAD~2')).toBe(first);
});
