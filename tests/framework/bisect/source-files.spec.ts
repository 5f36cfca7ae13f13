// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from '@playwright/test';
import { hashOfSources, sourceFiles } from '../../../lib/bisect/source-files.ts';
import { directoryWith } from './small-ends.ts';

const files = {
  'tests/a.spec.ts': `import { help } from './help.ts';
    export * from '../lib';
    const late = await import('./late.js');
    const tree = new URL('./tree.dts', import.meta.url);
    import { test } from '@playwright/test';`,
  'tests/help.ts': "import './deep/deeper';",
  'tests/deep/deeper.ts': "import '../a.spec.ts'; require('./data.json');",
  'tests/deep/data.json': '"./beside.ts"',
  'tests/deep/beside.ts': '',
  'tests/late.ts': '',
  'tests/tree.dts': '',
  'tests/other.spec.ts': '',
  'lib/index.ts': '',
};

test('all that a spec imports or names by a relative path belongs to it, and nothing else', ({}, {
  outputDir,
}) => {
  const root = directoryWith(outputDir, files);

  const found = sourceFiles([join(root, 'tests/a.spec.ts')]).map((file) => relative(root, file));

  expect(found).toEqual([
    'lib/index.ts',
    'tests/a.spec.ts',
    'tests/deep/data.json',
    'tests/deep/deeper.ts',
    'tests/help.ts',
    'tests/late.ts',
    'tests/tree.dts',
  ]);
});

test('a change of any of them is another test, of another file it is the same', ({}, {
  outputDir,
}) => {
  const root = directoryWith(outputDir, files);
  const hash = (): string => hashOfSources(root, [join(root, 'tests/a.spec.ts')]);
  const first = hash();

  writeFileSync(join(root, 'tests/other.spec.ts'), 'changed');
  expect(hash()).toBe(first);
  writeFileSync(join(root, 'tests/deep/deeper.ts'), `${files['tests/deep/deeper.ts']} // changed`);
  expect(hash()).not.toBe(first);
});

test('where the project lies makes no difference', ({}, { outputDir }) => {
  const [here, there] = ['here', 'there'].map((name) => {
    const root = directoryWith(join(outputDir, name), files);
    return hashOfSources(root, [join(root, 'tests/a.spec.ts')]);
  });

  expect(here).toBe(there);
});
