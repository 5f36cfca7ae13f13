// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Between } from '../../../lib/bisect/bisection.ts';
import { bisect } from '../../../lib/bisect/bisection.ts';
import { MixtureDirectory, UnwrittenError } from '../../../lib/bisect/mixture.ts';
import { ObservationStore } from '../../../lib/bisect/store.ts';
import { fakeBetween } from './fake-between.ts';

const options = (between: Between, store: ObservationStore): Parameters<typeof bisect>[0] => ({
  between,
  question: { expected: [], tests: [] },
  store,
  names: { good: 'good end', bad: 'bad end' },
});

test('a disk that does not take a mixture is told, and nothing is left there', async ({}, {
  outputDir,
}) => {
  mkdirSync(outputDir, { recursive: true });
  const mixtures = new MixtureDirectory(outputDir);
  // Writing to this device fails with ENOSPC: full(4).
  symlinkSync('/dev/full', join(mixtures.path, '../full'));
  const file = { name: '../full', kind: 'text', text: 'a mixture' } as const;

  await expect(mixtures.lay({ key: '', files: [file] })).rejects.toThrow(
    /bisect: a mixture of the two configurations cannot be written\n {2}last seen: [^]*ENOSPC[^]*free space there, or set TMPDIR/,
  );
  mixtures[Symbol.dispose]();
  expect(readdirSync(outputDir)).toEqual([]);
});

test('a mixture that cannot be written ends it at once, and what was known is kept', async ({}, {
  outputDir,
}) => {
  const { between, ran } = fakeBetween(8, (changes) => {
    if (changes.length > 0 && changes.length < 8)
      throw new UnwrittenError({ who: 'bisect', what: 'a mixture cannot be written' });
    return changes.includes(1) ? ['works'] : [];
  });
  const store = new ObservationStore(join(outputDir, 'known.json'));

  await expect(bisect(options(between, store))).rejects.toThrow('a mixture cannot be written');
  expect(ran).toHaveLength(7);
  expect(new ObservationStore(join(outputDir, 'known.json')).of('set ')).toHaveLength(3);
});

test('a disk that does not take what is known ends it after one run', async ({}, { outputDir }) => {
  const file = join(outputDir, 'state/known.json');
  mkdirSync(join(outputDir, 'state'), { recursive: true });
  symlinkSync('/dev/full', `${file}.${process.pid}.new`);
  const { between, ran } = fakeBetween(4, (changes) => (changes.includes(1) ? ['works'] : []));

  await expect(bisect(options(between, new ObservationStore(file)))).rejects.toThrow(
    /what is known cannot be written: ENOSPC[^]*make room in/,
  );
  expect(ran).toHaveLength(1);
  expect(readdirSync(join(outputDir, 'state'))).toEqual([]);
});

test('a directory that cannot be made is told, with what to do', ({}, { outputDir }) => {
  expect(() => new MixtureDirectory(join(outputDir, 'nowhere'))).toThrow(
    /no directory can be made there: ENOENT[^]*set TMPDIR/,
  );
  expect(existsSync(join(outputDir, 'nowhere'))).toBe(false);
});
