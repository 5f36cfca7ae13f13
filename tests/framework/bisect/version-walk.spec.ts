// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { bisectRevisions, type RevisionResult } from '../../../lib/bisect/revisions.ts';
import { VersionWalk } from '../../../lib/bisect/version-walk.ts';
import { Remembered } from './fake-between.ts';

/** A list of versions of which those from `first` on are bad, and some cannot be tried. */
function bisected(
  count: number,
  first: number,
  untriable: readonly number[] = [],
): Promise<RevisionResult> {
  const versions = Array.from({ length: count }, (_unused, index) => `1.${index}`);
  const tree = new VersionWalk(versions);
  return bisectRevisions({
    tree,
    good: versions[0] ?? '',
    bad: versions.at(-1) ?? '',
    question: { expected: [], tests: [] },
    store: new Remembered(),
    build: async () => {
      const version = await tree.head();
      const index = versions.indexOf(version);
      if (untriable.includes(index))
        return { kind: 'unbuildable', what: 'cannot be tried', why: 'too old' };
      const faults = index >= first ? [{ assertion: 'it works', message: '' }] : [];
      const run = () => Promise.resolve({ faults, present: [], tookMs: 1 });
      return { kind: 'built', runnable: { key: version, run } };
    },
  });
}

test('the first bad version is found by halving', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 60 }), fc.nat(1000), async (count, where) => {
      const first = 1 + (where % (count - 1));
      const { commits, steps, confidence } = await bisected(count, first);
      expect(commits).toEqual([`1.${first}`]);
      expect(steps).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
      expect(confidence).toBeGreaterThan(0.9);
    }),
  );
});

test('versions that cannot be tried are skipped, and told where they may be the first', async () => {
  const beside = await bisected(17, 3, [8]);
  const before = await bisected(17, 11, [9, 10]);

  expect(beside.commits).toEqual(['1.3']);
  expect(beside.skipped).toEqual([{ commit: '1.8', why: 'cannot be tried: too old' }]);
  expect(before.commits).toEqual(['1.9', '1.10', '1.11']);
});

test('an end that cannot be tried is refused as that', async () => {
  await expect(bisected(5, 2, [4])).rejects.toThrow(/bad end 1\.4: cannot be tried[^]*too old/);
});
